internal import AutoDiff
public import Data
public import Layers
public import Optimizers
public import Plan
public import TensorCore

/// A model with what it takes to train it: optimizer, losses, metrics, and the optimizer's memory. Keras's compiled model.
///
/// ```swift
/// let trainer = try Trainer(LeNet5().model(), optimizer: Adam(), loss: SparseCategoricalCrossentropy(),
///   metrics: [.accuracy], seed: 1)
/// let history = try trainer.fit(images, labels, epochs: 5)
/// ```
///
/// For one seed a run repeats bit for bit: shuffling, dropout and arithmetic do not depend on the number of threads.
/// Used by one thread at a time.
public final class Trainer {
  /// The model with its present weights. A copy of it is a snapshot.
  public var model: Model {
    get { memory.model }
    set {
      if !newValue.isSameBuild(as: memory.structure) {
        steps.removeAll()
        lastLossSpecs = nil
        adaptState(to: newValue)
      }
      memory.model = newValue
    }
  }
  public var config: TrainingConfig {
    get { settings }
    set {
      steps.removeAll()
      settings = newValue
    }
  }
  /// Iterations, and the optimizer's slots per trainable weight.
  public internal(set) var state: OptimizerState {
    get { memory.state }
    set { memory.state = newValue }
  }
  public let seed: UInt64
  /// Weights and slots, which a compiled step changes in place.
  let memory: TrainingMemory
  private var settings: TrainingConfig { didSet { compilableRule = Self.compilableRule(settings) } }
  /// The optimizer's rule, where it can be part of a compiled step.
  private(set) var compilableRule: (any CompilableOptimizer)?
  /// Steps compiled so far.
  let steps = CompiledSteps()
  /// What losses saw of the outputs for the last inputs, where their sizes are open.
  var lastLossSpecs: (inputs: [TensorSpec], outputs: [TensorSpec])?
  /// Slots of weights that are not trained at present, by path.
  var restingSlots: [String: [Tensor]] = [:]
  /// How many epochs were begun by `fit`.
  public internal(set) var epochCount = 0
  /// Set by a callback to end `fit` after the current batch.
  public var shouldStop = false
  /// Whether weights and their averages have changed places.
  var averagesAreInPlace = false
  /// How far the present call of `fit` has come; what a callback sets before the first epoch is where it begins.
  var position: TrainingPosition?

  public var optimizer: any Optimizer {
    get { settings.optimizer }
    set {
      // The learning rate is an argument of compiled steps.
      if !settings.optimizer.hasSameSteps(as: newValue) { steps.removeAll() }
      settings.optimizer = newValue
    }
  }

  /// How the last training step was run; nil before the first.
  public internal(set) var lastStepExecution: StepExecution?

  /// Keras's `compile`.
  ///
  /// - Parameters:
  ///   - model: what is trained.
  ///   - config: optimizer, losses and metrics.
  ///   - seed: of shuffling and dropout.
  ///   - autoScaleLoss: whether the optimizer of a model whose dtype policy is `mixed_float16` is put into a
  ///     `LossScaleOptimizer`, unless it is one.
  /// - Throws: `invalidConfig` where the settings make no sense, where their number is not that of the model's outputs, or
  ///   where a layer has a regularizer or constraint that its kind does not know and that would be ignored.
  public init(
    _ model: Model, config: TrainingConfig, seed: UInt64 = 0, autoScaleLoss: Bool = true
  ) throws(CoreError) {
    var config = config
    if autoScaleLoss, model.dtypePolicy == .mixedFloat16, !(config.optimizer is LossScaleOptimizer) {
      config.optimizer = LossScaleOptimizer(config.optimizer)
    }
    guard config.outputs.count == model.outputSpecs.count else {
      throw CoreError(
        .invalidConfig,
        "found losses for \(config.outputs.count) outputs, expected \(model.outputSpecs.count): "
          + model.outputNames.joined(separator: ", "), path: [model.name])
    }
    do throws(CoreError) {
      try config.optimizer.validateAll()
      for output in config.outputs { try output.loss.validate() }
      try model.checkTrainable()
      try config.checkLearningRateFactors(model.weights.keys)
    } catch {
      throw error.inside(model.name)
    }
    (settings, compilableRule, self.seed) = (config, Self.compilableRule(config), seed)
    memory = TrainingMemory(model, OptimizerState(for: config.optimizer, weights: model.weights))
  }

  /// For a model with one output.
  ///
  /// - Parameters:
  ///   - model: what is trained.
  ///   - optimizer: what changes its weights.
  ///   - loss: what is made small.
  ///   - metrics: what is measured besides.
  ///   - seed: of shuffling and dropout.
  ///   - autoScaleLoss: whether the optimizer of a model whose dtype policy is `mixed_float16` is put into a
  ///     `LossScaleOptimizer`, unless it is one.
  public convenience init(
    _ model: Model, optimizer: any Optimizer, loss: any Loss, metrics: [MetricChoice] = [], seed: UInt64 = 0,
    autoScaleLoss: Bool = true
  ) throws(CoreError) {
    let config = TrainingConfig(optimizer: optimizer, outputs: [.init(loss: loss, metrics: metrics)])
    try self.init(model, config: config, seed: seed, autoScaleLoss: autoScaleLoss)
  }

  /// One step on one batch: Keras's `train_on_batch`. Returns the loss and metrics of this batch, from before the update.
  ///
  /// The first step is compiled, forward and backward pass and updates together (`TrainingPlan`), and batches of the same
  /// shape run through it; batches of another shape do once they come a second time. Steps run operation by operation,
  /// with the same results, where the config says `run_eagerly`, where the optimizer is no `CompilableOptimizer`, where a
  /// layer, loss or metric reads values, and where a backend cannot set up a kernel; `lastStepExecution` says why.
  ///
  /// - Parameters:
  ///   - batch: the samples.
  ///   - compiled: false runs operation by operation; true is an error where that would be necessary.
  /// - Returns: loss and metrics.
  /// - Throws: where inputs or targets do not fit the model, and where a step must be compiled and cannot be.
  @discardableResult
  public func trainStep(_ batch: Batch, compiled: Compilation = .automatic) throws(CoreError) -> Logs {
    let meters = try steps.meters(self, batch)
    return steps.logs(meters, try trainStep(batch, meters, compiled: compiled))
  }

  /// `trainStep` for a model with one input and one output.
  ///
  /// - Parameters:
  ///   - x: `[samples, ...]`
  ///   - y: `[samples, ...]`
  ///   - sampleWeights: `[samples]`; nil: every sample counts 1.
  ///   - compiled: false runs operation by operation; true is an error where that would be necessary.
  /// - Returns: loss and metrics.
  /// - Throws: where inputs or targets do not fit the model, and where a step must be compiled and cannot be.
  @discardableResult
  public func trainStep(
    _ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil, compiled: Compilation = .automatic
  ) throws(CoreError) -> Logs {
    try trainStep(Batch(inputs: [x], targets: [y], sampleWeights: sampleWeights), compiled: compiled)
  }

  /// The loss and metrics of one batch in inference, without an update but of states: Keras's `test_on_batch`.
  public func testStep(_ batch: Batch) throws(CoreError) -> Logs {
    let meters = try meters(for: batch)
    return meters.logs(try model.checkingData { () throws(CoreError) in try testStep(batch, meters) })
  }

  // MARK: Steps

  func trainStep(_ batch: Batch, _ meters: Meters, compiled: Compilation) throws(CoreError) -> MeterState {
    let batch = try prepared(batch)
    guard memory.structure.checksData else { return try step(batch, meters, compiled) }
    // A step on values that a layer cannot take leaves everything as it was.
    let (model, state) = (memory.model, memory.state)
    do throws(CoreError) {
      return try model.checkingData { () throws(CoreError) in try step(batch, meters, compiled) }
    } catch {
      (memory.model, memory.state) = (model, state)
      throw error
    }
  }

  private func step(_ batch: Batch, _ meters: Meters, _ compiled: Compilation) throws(CoreError) -> MeterState {
    if let rule = compilableRule, let step = try compiledStep(batch, meters, compiled) {
      let optimizer = settings.optimizer
      let scale = optimizer.lossScale(memory.lossScale)
      let numbers = StepNumbers(rule, after: memory.iterations, seed: seed, scale: scale.value)
      let result = try memory.withTensors { (tensors) throws(CoreError) in try step.run(batch, numbers, &tensors) }
      if result.isUpdated { memory.iterations += 1 }
      if let scaled = optimizer as? LossScaleOptimizer {
        var scale = scale
        scale.advance(gradientsAreFinite: result.isUpdated, growthSteps: scaled.dynamicGrowthSteps)
        memory.lossScale = scale
      }
      return result.statistics
    }
    let (config, seed) = (settings, seed)
    return try memory.withValues { (model, state) throws(CoreError) in
      let key = RandomKey(seed: seed, step: state.iterations + 1)
      let scale = config.optimizer.scalesLoss ? Tensor(config.optimizer.lossScale(state.lossScale).value) : nil
      // In a function of its own: when it returns, nothing else holds the weights, and the update is in place.
      let step = StepValues(model, model.weights, config, batch, key, scale: scale)
      for (key, value) in zip(step.assignedKeys, step.assignments) { model.weights[key] = value }
      let iterations = state.iterations
      config.factoredOptimizer.step(&model.weights, gradients: step.gradients, state: &state)
      // A step that is left out, because gradients of a scaled loss are not finite, leaves the weights as they are.
      if state.iterations > iterations { model.weightRules.constrain(&model.weights) }
      for (key, value) in zip(step.updatedKeys, step.updates) { model.weights[key] = value }
      return meters.statistics(batch, step.outputs, losses: step.losses, total: step.loss, masks: step.masks)
    }
  }

  private static func compilableRule(_ config: TrainingConfig) -> (any CompilableOptimizer)? {
    config.optimizer.rule as? any CompilableOptimizer
  }

  /// The step to run, nil: operation by operation. Throws where it must be compiled and cannot be.
  private func compiledStep(
    _ batch: Batch, _ meters: Meters, _ compiled: Compilation
  ) throws(CoreError) -> CompiledStep? {
    guard compiled != .never else {
      lastStepExecution = .byOperation(reason: "not to be compiled")
      return nil
    }
    switch steps.step(for: batch, meters, self, isRequired: compiled == .required) {
    case .compiled(let step):
      lastStepExecution = .compiled
      return step
    case .firstOfItsShape: lastStepExecution = .firstOfItsShape
    case .impossible(let error):
      guard compiled == .automatic else {
        let message = "the training step cannot be compiled, and must be: \(error.message)"
        throw CoreError(error.code, message, path: error.path, cause: error.cause)
      }
      lastStepExecution = .byOperation(reason: error.description)
    }
    return nil
  }

  /// What stateful layers keep; nothing where there are none.
  func store(_ states: [Tensor]) {
    guard !states.isEmpty else { return }
    var model = memory.model
    for (key, state) in zip(model.stateKeys, states) { model.weights[key] = state }
    memory.model = model
  }

  func testStep(_ batch: Batch, _ meters: Meters) throws(CoreError) -> MeterState {
    let (batch, model) = (try prepared(batch), memory.model)
    var context = CallContext(weights: model.weights)
    context.remembersLogits = true
    let outputs = model(batch.inputs, &context)
    let losses = config.losses(batch, outputs, context)
    let penalties = context.losses + model.weightRules.penalties(of: model.weights)
    store(model.stateKeys.map { context.weights[$0] })
    return meters.statistics(
      batch, outputs, losses: losses, total: config.total(losses, penalties), masks: context.masks(of: outputs))
  }
}

extension TrainingConfig {
  /// The loss of each output, tensors of shape `[]`.
  func losses(_ batch: Batch, _ predictions: [Tensor], _ context: CallContext) -> [Tensor] {
    outputs.indices.map { index in
      outputs[index].loss(
        batch.targets[index], predictions[index], weights: batch.weights(ofOutput: index),
        logits: context.logits(of: predictions[index]), mask: context.mask(index))
    }
  }

  /// Their weighted sum, and the penalties of weights and layers' outputs.
  func total(_ losses: [Tensor], _ penalties: [Tensor]) -> Tensor {
    let weighted = zip(losses, outputs).map { $1.lossWeight == 1 ? $0 : $0 * $1.lossWeight }
    let sum = weighted.dropFirst().reduce(weighted[0]) { $0 + $1 }
    return penalties.reduce(sum) { $0 + $1.cast(to: sum.dtype) }
  }
}
