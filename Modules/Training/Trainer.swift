internal import AutoDiff
public import Data
public import Layers
public import Optimizers
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
      if !newValue.isSameBuild(as: memory.model) { steps.removeAll() }
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
  private var settings: TrainingConfig
  /// Steps compiled so far.
  let steps = CompiledSteps()
  /// How many epochs were begun by `fit`.
  public internal(set) var epochCount = 0
  /// Set by a callback to end `fit` after the current batch.
  public var shouldStop = false

  public var optimizer: any Optimizer {
    get { settings.optimizer }
    set {
      // The learning rate is an argument of compiled steps.
      let isSameRule = (settings.optimizer as? any CompilableOptimizer)?.hasRule(of: newValue) ?? false
      if !isSameRule { steps.removeAll() }
      settings.optimizer = newValue
    }
  }

  /// Throws `invalidConfig` where the settings make no sense, where their number is not that of the model's outputs, or
  /// where a layer has a regularizer or constraint, which would be ignored.
  public init(_ model: Model, config: TrainingConfig, seed: UInt64 = 0) throws(CoreError) {
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
    } catch {
      throw error.inside(model.name)
    }
    (settings, self.seed) = (config, seed)
    memory = TrainingMemory(model, OptimizerState(for: config.optimizer, weights: model.weights))
  }

  /// For a model with one output.
  public convenience init(
    _ model: Model, optimizer: any Optimizer, loss: any Loss, metrics: [MetricChoice] = [], seed: UInt64 = 0
  ) throws(CoreError) {
    let config = TrainingConfig(optimizer: optimizer, outputs: [.init(loss: loss, metrics: metrics)])
    try self.init(model, config: config, seed: seed)
  }

  /// One step on one batch: Keras's `train_on_batch`. Returns the loss and metrics of this batch, from before the update.
  ///
  /// The first step is compiled, forward and backward pass and updates together (`TrainingPlan`), and batches of the same
  /// shape run through it; batches of another shape do once they come a second time. Steps run operation by operation,
  /// with the same results, where the config says `run_eagerly`, where the optimizer is no `CompilableOptimizer`, where a
  /// layer, loss or metric reads values, and where a backend cannot set up a kernel.
  ///
  /// - Parameters:
  ///   - batch: the samples.
  ///   - compiled: false runs operation by operation.
  /// - Returns: loss and metrics.
  /// - Throws: where inputs or targets do not fit the model.
  @discardableResult
  public func trainStep(_ batch: Batch, compiled: Bool = true) throws(CoreError) -> Logs {
    let meters = try steps.meters(config, memory.structure, targets: batch.targets)
    return meters.logs(try trainStep(batch, meters, compiled: compiled))
  }

  /// `trainStep` for a model with one input and one output.
  ///
  /// - Parameters:
  ///   - x: `[samples, ...]`
  ///   - y: `[samples, ...]`
  ///   - sampleWeights: `[samples]`; nil: every sample counts 1.
  ///   - compiled: false runs operation by operation.
  /// - Returns: loss and metrics.
  /// - Throws: where inputs or targets do not fit the model.
  @discardableResult
  public func trainStep(
    _ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil, compiled: Bool = true
  ) throws(CoreError) -> Logs {
    try trainStep(Batch(inputs: [x], targets: [y], sampleWeights: sampleWeights), compiled: compiled)
  }

  /// The loss and metrics of one batch in inference, without an update: Keras's `test_on_batch`.
  public func testStep(_ batch: Batch) throws(CoreError) -> Logs {
    let meters = try Meters(config, model, targets: batch.targets.map(\.spec))
    return meters.logs(try testStep(batch, meters))
  }

  // MARK: Steps

  func trainStep(_ batch: Batch, _ meters: Meters, compiled: Bool) throws(CoreError) -> MeterState {
    let batch = try prepared(batch)
    if compiled, let step = steps.step(for: batch, meters, self) {
      memory.iterations += 1
      let numbers = StepNumbers(settings.optimizer, iteration: memory.iterations, seed: seed)
      return try memory.withTensors { (tensors) throws(CoreError) in try step.run(batch, numbers, &tensors) }
    }
    let (config, seed) = (settings, seed)
    return try memory.withValues { (model, state) throws(CoreError) in
      let key = RandomKey(seed: seed, step: state.iterations + 1)
      // In a function of its own: when it returns, nothing else holds the weights, and the update is in place.
      let step = StepValues(model, model.weights, config, batch, key)
      config.optimizer.step(&model.weights, gradients: step.gradients, state: &state)
      for (key, value) in zip(step.updatedKeys, step.updates) { model.weights[key] = value }
      return meters.statistics(batch, step.outputs, losses: step.losses, total: step.loss)
    }
  }

  func testStep(_ batch: Batch, _ meters: Meters) throws(CoreError) -> MeterState {
    let batch = try prepared(batch)
    var context = CallContext(weights: model.weights)
    context.remembersLogits = true
    let outputs = model(batch.inputs, &context)
    let losses = config.losses(batch, outputs, context)
    return meters.statistics(batch, outputs, losses: losses, total: config.total(losses))
  }
}

extension TrainingConfig {
  /// The loss of each output, tensors of shape `[]`.
  func losses(_ batch: Batch, _ predictions: [Tensor], _ context: CallContext) -> [Tensor] {
    outputs.indices.map { index in
      outputs[index].loss(
        batch.targets[index], predictions[index], weights: batch.sampleWeights,
        logits: context.logits(of: predictions[index]))
    }
  }

  /// Their weighted sum.
  func total(_ losses: [Tensor]) -> Tensor {
    let weighted = zip(losses, outputs).map { $1.lossWeight == 1 ? $0 : $0 * $1.lossWeight }
    return weighted.dropFirst().reduce(weighted[0]) { $0 + $1 }
  }
}
