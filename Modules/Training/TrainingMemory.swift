internal import Layers
internal import Optimizers
internal import TensorCore

/// A trainer's weights and optimizer slots: values in the model and the state, or, from one compiled step to the next, one
/// list of tensors that nobody else holds, so that the step overwrites them.
///
/// Whoever asks for the model gets it with the present weights. The tensors are shared, not copied; a step that finds one
/// shared copies it before it writes.
final class TrainingMemory {
  private var heldModel: Model
  private var heldState: OptimizerState
  /// Weights, then slots by weight; empty while model and state have them.
  private var lent: [Tensor] = []
  private var isLent = false
  /// How many slots each trainable weight has, while they are in the list.
  private var slotCounts: [Int] = []

  init(_ model: Model, _ state: OptimizerState) { (heldModel, heldState) = (model, state) }

  var model: Model {
    get {
      guard isLent else { return heldModel }
      var model = heldModel
      model.weights.tensors = Array(lent[..<weightCount])
      return model
    }
    set {
      takeBack()
      heldModel = newValue
    }
  }

  var state: OptimizerState {
    get {
      guard isLent else { return heldState }
      var state = heldState
      state.slots = slots
      return state
    }
    set {
      takeBack()
      heldState = newValue
    }
  }

  /// The model for all but its weights, which may be missing.
  var structure: Model { heldModel }

  var iterations: Int {
    get { heldState.iterations }
    set { heldState.iterations = newValue }
  }

  var lossScale: LossScale? {
    get { heldState.lossScale }
    set { heldState.lossScale = newValue }
  }

  private var weightCount: Int { heldModel.weights.keys.count }

  private var slots: [[Tensor]] {
    var next = weightCount
    return slotCounts.map { count in
      defer { next += count }
      return Array(lent[next..<next + count])
    }
  }

  /// All tensors as one list, to be changed in place: weights, then slots by weight.
  func withTensors<R>(_ body: (inout [Tensor]) throws(CoreError) -> R) throws(CoreError) -> R {
    if !isLent {
      heldModel.forgetPlans()
      lent = heldModel.weights.tensors + heldState.slots.flatMap { $0 }
      slotCounts = heldState.slots.map(\.count)
      heldModel.weights.tensors = []
      heldState.slots = []
      isLent = true
    }
    return try body(&lent)
  }

  /// Model and state as values that can be changed in place.
  func withValues<R, E>(_ body: (inout Model, inout OptimizerState) throws(E) -> R) throws(E) -> R {
    takeBack()
    heldModel.forgetPlans()
    return try body(&heldModel, &heldState)
  }

  private func takeBack() {
    guard isLent else { return }
    heldState.slots = slots
    heldModel.weights.tensors = Array(lent[..<weightCount])
    lent = []
    isLent = false
  }
}
