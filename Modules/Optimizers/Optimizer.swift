public import TensorCore

/// An update rule for weights. A value: settings only; what it remembers between steps is an `OptimizerState`.
///
/// Stored properties, named as Keras's keys in camel case, are the Keras config. One file per rule; a plugin adds one
/// with `PluginHost.register(_:)`. A rule needs `kind`, `template`, `learningRate`, `settings`, `slotNames` and `update`;
/// all else has defaults.
public protocol Optimizer: Codable, Sendable {
  /// Keras's class name, or `"package>Name"` as Keras registers custom classes.
  static var kind: String { get }

  /// Supplies the values of the keys that a config lacks. Its properties are Keras's defaults.
  static var template: Self { get }

  /// What a rule multiplies its steps with. Where the settings have a schedule, it is that of the step while a rule runs.
  var learningRate: Double { get set }

  /// What every optimizer has: clipping, weight decay, averages, a schedule. `step` applies them; a rule need not look at
  /// them.
  var settings: OptimizerSettings { get set }

  /// The tensors that the rule keeps per weight, in the order in which it uses them: `["momentum", "velocity"]`.
  var slotNames: [String] { get }

  /// The slots of one weight before the first step: unless said otherwise zeros like the weight for each of `slotNames`.
  ///
  /// - Parameter key: the weight.
  /// - Returns: some of `slotNames`, in their order, with any shapes.
  func initialSlots(for key: WeightKey) -> [OptimizerSlot]

  /// The share that a weight loses of itself before each update, times the learning rate; nil: none. Unless said otherwise
  /// that of the settings.
  func weightDecay(for key: WeightKey) -> Double?

  /// One step on one weight, in place.
  ///
  /// - Parameters:
  ///   - weight: the weight; its bytes are overwritten.
  ///   - gradient: of the weight's shape and dtype, clipped already.
  ///   - slots: those of `initialSlots(for:)`; overwritten.
  ///   - step: the number of this step, from 1. Steps that only add up gradients do not count.
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

  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] { slotNames.map { OptimizerSlot($0, for: key) } }

  public func weightDecay(for key: WeightKey) -> Double? { settings.weightDecay(for: key) }

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

  /// This optimizer with a learning rate that changes from step to step: `Adam().scheduled(CosineDecay(...))`.
  ///
  /// - Parameter schedule: of the learning rate.
  public func scheduled(_ schedule: any LearningRateSchedule) -> Self {
    var result = self
    result.settings.schedule = schedule
    return result
  }

  /// The learning rate of the step after this many: the schedule's, or `learningRate` where there is none.
  ///
  /// - Parameter iterations: the steps so far, those that only add up gradients included.
  public func learningRate(after iterations: Int) -> Double {
    settings.schedule?.learningRate(after: iterations) ?? learningRate
  }

  /// The same with the learning rate of that step.
  func atStep(after iterations: Int) -> Self {
    guard let schedule = settings.schedule else { return self }
    var result = self
    result.learningRate = schedule.learningRate(after: iterations)
    return result
  }
}
