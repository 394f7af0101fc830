internal import Data
internal import Layers
internal import Optimizers
internal import Plan
internal import TensorCore

/// One training step for batches of one shape: forward and backward pass, updates and the metrics' sums, compiled.
final class CompiledStep {
  private let plan: TrainingPlan
  private let session: Session
  /// The updates, where the loss has a dynamic scale. The plan's results are then the meters', whether the gradients are
  /// finite, and the gradients.
  private let scaledUpdate: ScaledUpdate?
  private let gradientCount: Int
  private let meters: Meters
  /// The batch, the scale of the loss, the key of the step's random numbers, and the optimizer's numbers.
  private var arguments: [Tensor]
  private let batchCount: Int
  private var results: [Tensor]
  private let update: CompiledUpdate
  /// The optimizer's numbers, and what the batch adds to the meters: kept from step to step, so that a step that nobody
  /// keeps anything of asks for no memory.
  private var numbers: [Double] = []
  private var statistics: MeterState

  /// Throws where the step cannot be compiled.
  init(
    _ model: Model, _ config: TrainingConfig, _ optimizer: any CompilableOptimizer, _ state: OptimizerState,
    _ phase: StepPhase, _ batch: BatchSpecs, _ meters: Meters, sharing other: CompiledStep?
  ) throws(CoreError) {
    let trainable = model.weights.trainableIndices.map { model.weights.keys[$0] }
    let slotCounts = OptimizerState(for: optimizer, weights: model.weights).slots.map(\.count)
    guard state.slots.map(\.count) == slotCounts else {
      throw CoreError(.invalidArgument, "found state of another optimizer")
    }
    let update = CompiledUpdate(optimizer, keys: trainable)
    let fixed = [TensorSpec([]), TensorSpec([2], .int64), TensorSpec([update.count], .float64)]
    let batchSpecs = batch.inputs + batch.targets + batch.weights
    let specs = model.weights.keys.map(\.spec) + state.slots.flatMap { $0.map(\.spec) }
    let builder = StepBuilder(
      model: model, config: config, optimizer: optimizer, update: update, phase: phase, batch: batch, meters: meters,
      slotCounts: slotCounts)
    plan = try TrainingPlan(arguments: batchSpecs + fixed, state: specs) { (arguments, state) throws(CoreError) in
      builder.step(arguments, state)
    }
    session = plan.makeSession(sharing: other?.session)
    if config.optimizer is LossScaleOptimizer {
      let gradients = trainable.map(\.spec)
      gradientCount = gradients.count
      scaledUpdate = try ScaledUpdate(gradients: gradients, numbers: fixed[2], state: specs) {
        gradients, numbers, state in
        builder.updated(state, gradients: gradients, numbers)
      }
    } else {
      (gradientCount, scaledUpdate) = (0, nil)
    }
    (self.meters, self.update, statistics) = (meters, update, meters.zero)
    batchCount = batchSpecs.count
    arguments = batchSpecs.map { _ in Self.vacancy } + fixed.map { Tensor.zeros($0.shape, dtype: $0.dtype) }
    results = plan.resultSpecs.map { Tensor(uninitialized: $0) }
  }

  private static let vacancy = Tensor.zeros([0])

  /// Changes `tensors`, the weights and then the slots by weight, and returns what the batch adds to the meters, and
  /// whether the weights were updated: with a loss scale they are not where a gradient is not finite.
  func run(
    _ batch: Batch, _ numbers: StepNumbers, _ tensors: inout [Tensor]
  ) throws(CoreError) -> (statistics: MeterState, isUpdated: Bool) {
    var next = 0
    for input in batch.inputs { put(input, &next) }
    for target in batch.targets { put(target, &next) }
    for weights in batch.outputWeights { put(weights, &next) }
    numbers.write(update, &self.numbers, &arguments, at: next)
    // Whoever made the batch finds it unshared afterwards, and can use its memory for the next one.
    defer { for index in 0..<batchCount { arguments[index] = Self.vacancy } }
    try session.run(arguments, into: &results, state: &tensors)
    meters.measure(batch, results[...], into: &statistics)
    guard let scaledUpdate else { return (statistics, true) }
    let firstGradient = results.count - gradientCount
    guard results[firstGradient - 1].scalar(of: Float.self) == 0 else { return (statistics, false) }
    try scaledUpdate.run(
      results[firstGradient...], scale: arguments[batchCount], numbers: arguments[batchCount + 2], &tensors)
    return (statistics, true)
  }

  private func put(_ tensor: Tensor, _ next: inout Int) {
    arguments[next] = tensor
    next += 1
  }
}

/// The numbers that differ from step to step.
struct StepNumbers {
  private let optimizer: any CompilableOptimizer
  private let iterations: Int
  private let seed: UInt64
  private let scale: Float

  /// - Parameters:
  ///   - optimizer: the trainer's rule.
  ///   - iterations: the steps before this one.
  ///   - seed: of the trainer.
  ///   - scale: what the loss is multiplied with.
  init(_ optimizer: any CompilableOptimizer, after iterations: Int, seed: UInt64, scale: Float) {
    (self.optimizer, self.iterations, self.seed, self.scale) = (optimizer, iterations, seed, scale)
  }

  /// Writes the scale of the loss, the random key's base and the optimizer's numbers.
  func write(_ update: CompiledUpdate, _ numbers: inout [Double], _ arguments: inout [Tensor], at index: Int) {
    let words = RandomKey.words(seed: seed, step: iterations + 1)
    arguments[index].withMutableScalars(of: Float.self) { $0[0] = scale }
    arguments[index + 1].withMutableScalars(of: Int64.self) { ($0[0], $0[1]) = words }
    update.write(optimizer, after: iterations, to: &numbers)
    arguments[index + 2].withMutableScalars(of: Double.self) { _ = $0.update(fromContentsOf: numbers) }
  }
}

/// The step as a function of its arguments and state.
private struct StepBuilder {
  let model: Model
  let config: TrainingConfig
  let optimizer: any CompilableOptimizer
  let update: CompiledUpdate
  let phase: StepPhase
  let batch: BatchSpecs
  let meters: Meters
  /// Per trainable weight.
  let slotCounts: [Int]

  func step(_ arguments: [Tensor], _ state: [Tensor]) -> (results: [Tensor], state: [Tensor]) {
    let (inputCount, targetCount) = (batch.inputs.count, batch.targets.count)
    let weightsStart = inputCount + targetCount
    let samples = Batch(
      inputs: Array(arguments[..<inputCount]), targets: Array(arguments[inputCount..<weightsStart]),
      outputWeights: Array(arguments[weightsStart..<weightsStart + batch.weights.count]))
    let keys = model.weights.keys
    let weights = Weights(keys: keys, tensors: Array(state[..<keys.count]))
    let key = RandomKey(base: arguments[arguments.count - 2])
    let scale = config.optimizer.scalesLoss ? arguments[arguments.count - 3] : nil
    let values = StepValues(model, weights, config, samples, key, scale: scale)
    let gradients = values.gradients.tensors
    var results = meters.tensors(
      samples, values.outputs, losses: values.losses, total: values.loss, masks: values.masks)
    var new = state
    for (key, value) in zip(values.assignedKeys, values.assignments) { new[key.slot] = value }
    if config.optimizer is LossScaleOptimizer {
      results += [LossScale.probe(gradients)] + gradients
    } else {
      new = updated(new, gradients: gradients, arguments[arguments.count - 1])
    }
    for (key, value) in zip(values.updatedKeys, values.updates) { new[key.slot] = value }
    return (results, new)
  }

  /// Weights and slots after the optimizer's step.
  func updated(_ state: [Tensor], gradients: [Tensor], _ numbers: Tensor) -> [Tensor] {
    let trainable = model.weights.trainableIndices
    var new = state
    var next = model.weights.keys.count
    let slots = slotCounts.map { count in
      defer { next += count }
      return Array(state[next..<next + count])
    }
    let updated = update.updated(
      optimizer, phase, trainable.map { state[$0] }, gradients: gradients, slots: slots, argument: numbers)
    next = model.weights.keys.count
    for (tensors, index) in zip(updated, trainable) {
      new[index] = tensors[0]
      new.replaceSubrange(next..<next + tensors.count - 1, with: tensors.dropFirst())
      next += tensors.count - 1
    }
    for (slot, projection) in model.weightRules.projections { new[slot] = projection(new[slot]) }
    return new
  }
}
