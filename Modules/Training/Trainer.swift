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
  public var model: Model
  public var config: TrainingConfig
  /// Iterations, and the optimizer's slots per trainable weight.
  public internal(set) var state: OptimizerState
  public let seed: UInt64
  /// How many epochs were begun by `fit`.
  public internal(set) var epochCount = 0
  /// Set by a callback to end `fit` after the current batch.
  public var shouldStop = false

  public var optimizer: any Optimizer {
    get { config.optimizer }
    set { config.optimizer = newValue }
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
    (self.model, self.config, self.seed) = (model, config, seed)
    state = OptimizerState(for: config.optimizer, weights: model.weights)
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
  /// Throws where inputs or targets do not fit the model.
  @discardableResult
  public func trainStep(_ batch: Batch) throws(CoreError) -> Logs {
    let meters = try Meters(config, model, targets: batch.targets.map(\.spec))
    return meters.logs(try trainStep(batch, meters))
  }

  /// `trainStep` for a model with one input and one output.
  @discardableResult
  public func trainStep(_ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil) throws(CoreError) -> Logs {
    try trainStep(Batch(inputs: [x], targets: [y], sampleWeights: sampleWeights))
  }

  /// The loss and metrics of one batch in inference, without an update: Keras's `test_on_batch`.
  public func testStep(_ batch: Batch) throws(CoreError) -> Logs {
    let meters = try Meters(config, model, targets: batch.targets.map(\.spec))
    return meters.logs(try testStep(batch, meters))
  }

  // MARK: Steps

  func trainStep(_ batch: Batch, _ meters: Meters) throws(CoreError) -> MeterState {
    let batch = try prepared(batch)
    let key = RandomKey(seed: seed).folding(state.iterations)
    // In a function of its own: when it returns, nothing else holds the weights, and the update is in place.
    let step = Self.gradients(model, config, batch, key)
    config.optimizer.step(&model.weights, gradients: step.gradients, state: &state)
    for (key, value) in zip(step.updatedKeys, step.updates) { model.weights[key] = value }
    return meters.statistics(batch, step.outputs, losses: step.losses, total: step.loss)
  }

  func testStep(_ batch: Batch, _ meters: Meters) throws(CoreError) -> MeterState {
    let batch = try prepared(batch)
    var context = CallContext(weights: model.weights)
    context.remembersLogits = true
    let outputs = model(batch.inputs, &context)
    let losses = config.losses(batch, outputs, context)
    return meters.statistics(batch, outputs, losses: losses, total: config.total(losses))
  }

  /// What one forward and backward pass gives.
  private struct Step {
    var loss: Tensor
    var gradients: Weights
    var outputs: [Tensor]
    var losses: [Tensor]
    var updatedKeys: [WeightKey]
    var updates: [Tensor]
  }

  private static func gradients(_ model: Model, _ config: TrainingConfig, _ batch: Batch, _ key: RandomKey) -> Step {
    var updatedKeys: [WeightKey] = []
    let result = valueAndGradients(at: model.weights) { weights in
      var context = CallContext(weights: weights, isTraining: true, random: key)
      context.remembersLogits = true
      let outputs = model(batch.inputs, &context)
      let losses = config.losses(batch, outputs, context)
      updatedKeys = context.updates.map(\.key)
      return (config.total(losses), [outputs, losses, context.updates.map(\.value)])
    }
    let auxiliary = result.auxiliary
    return Step(
      loss: result.value, gradients: result.gradients, outputs: auxiliary[0], losses: auxiliary[1],
      updatedKeys: updatedKeys, updates: auxiliary[2])
  }
}

extension TrainingConfig {
  /// The loss of each output, tensors of shape `[]`.
  fileprivate func losses(_ batch: Batch, _ predictions: [Tensor], _ context: CallContext) -> [Tensor] {
    outputs.indices.map { index in
      outputs[index].loss(
        batch.targets[index], predictions[index], weights: batch.sampleWeights,
        logits: context.logits(of: predictions[index]))
    }
  }

  /// Their weighted sum.
  fileprivate func total(_ losses: [Tensor]) -> Tensor {
    let weighted = zip(losses, outputs).map { $1.lossWeight == 1 ? $0 : $0 * $1.lossWeight }
    return weighted.dropFirst().reduce(weighted[0]) { $0 + $1 }
  }
}
