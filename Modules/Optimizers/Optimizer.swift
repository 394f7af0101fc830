public import TensorCore

/// An update rule for weights. A value: settings only; what it remembers between steps is an `OptimizerState`.
///
/// Stored properties, named as Keras's keys in camel case, are the Keras config. One file per rule; a plugin adds one
/// with `PluginHost.register(_:)`.
public protocol Optimizer: Codable, Sendable {
  /// Keras's class name, or `"package>Name"` as Keras registers custom classes.
  static var kind: String { get }

  /// Supplies the values of the keys that a config lacks. Its properties are Keras's defaults.
  static var template: Self { get }

  var learningRate: Double { get set }

  /// What every optimizer has: clipping, weight decay. `step` applies them; a rule need not look at them.
  var settings: OptimizerSettings { get set }

  /// The tensors that the rule keeps per weight, in the order in which it uses them: `["momentum", "velocity"]`.
  var slotNames: [String] { get }

  /// One step on one weight, in place.
  ///
  /// - Parameters:
  ///   - weight: the weight; its bytes are overwritten.
  ///   - gradient: of the weight's shape and dtype, clipped already.
  ///   - slots: one tensor per slot name, of the weight's shape; overwritten.
  ///   - step: the number of this step, from 1.
  func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int)

  /// One step on all trainable weights, in place; unless said otherwise it clips the gradients, decays the weights and
  /// applies `update` to each.
  ///
  /// - Parameters:
  ///   - weights: a model's weights; those that are not trainable are left alone.
  ///   - gradients: one per trainable weight, in order.
  ///   - state: made by `OptimizerState.init(for:weights:)` for these weights.
  func step(_ weights: inout Weights, gradients: Weights, state: inout OptimizerState)

  /// Throws `invalidConfig` where a setting makes no sense. Called by the decoder and before training.
  func validate() throws(CoreError)

  /// How Keras lists the variables of this optimizer.
  func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder
}

extension Optimizer {
  public func validate() throws(CoreError) {}

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    OptimizerVariableOrder(interleaved: slotNames.map { OptimizerVariableOrder.Slot($0) })
  }

  /// Checks the rule's settings and those that all optimizers share.
  public func validateAll() throws(CoreError) {
    do {
      try validate()
      try settings.validate()
    } catch {
      throw error.inside(Self.kind)
    }
  }

  /// One step on all trainable weights, in place: clips the gradients, decays the weights, applies the rule.
  ///
  /// - Parameters:
  ///   - weights: a model's weights; those that are not trainable are left alone.
  ///   - gradients: one per trainable weight, in order.
  ///   - state: made by `OptimizerState.init(for:weights:)` for these weights.
  public func step(_ weights: inout Weights, gradients: Weights, state: inout OptimizerState) {
    let indices = weights.trainableIndices
    CoreError.require(
      gradients.count == indices.count && state.slots.count == indices.count, .shapeMismatch,
      "found \(gradients.count) gradients and state for \(state.slots.count) weights, expected \(indices.count)")
    state.iterations += 1
    let clipped = settings.clipped(gradients.tensors)
    for (position, index) in indices.enumerated() {
      if let decay = settings.weightDecay { weights.tensors[index].decay(by: decay * learningRate) }
      guard weights.tensors[index].dtype.isHalf else {
        update(
          &weights.tensors[index], gradient: clipped[position], slots: &state.slots[position], step: state.iterations)
        continue
      }
      updateHalf(
        &weights.tensors[index], gradient: clipped[position], slots: &state.slots[position], step: state.iterations)
    }
  }

  /// The update of 16-bit weights and slots: calculated in float32, rounded once.
  private func updateHalf(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    let half = weight.dtype
    weight = weight.cast(to: .float32)
    slots = slots.map { $0.cast(to: .float32) }
    update(&weight, gradient: gradient.cast(to: .float32), slots: &slots, step: step)
    weight = weight.cast(to: half)
    slots = slots.map { $0.cast(to: half) }
  }
}

extension Tensor {
  /// w ← w − rate·w. The gradient of the update is the weight itself, as it was.
  fileprivate mutating func decay(by rate: Double) {
    self = self * (1 - rate)
  }
}
