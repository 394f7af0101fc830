internal import Data
internal import Layers
internal import Optimizers
internal import Plan
internal import TensorCore

/// One training step for batches of one shape: forward and backward pass, updates and the metrics' sums, compiled.
final class CompiledStep {
  private let plan: TrainingPlan
  private let session: Session
  private let meters: Meters
  /// The batch, the key of the step's random numbers, and the optimizer's numbers.
  private var arguments: [Tensor]
  private let batchCount: Int
  private var results: [Tensor]
  private let dtypes: [DType]

  /// Throws where the step cannot be compiled.
  init(
    _ model: Model, _ config: TrainingConfig, _ optimizer: any CompilableOptimizer, _ state: OptimizerState,
    _ batch: BatchSpecs, _ meters: Meters, sharing other: CompiledStep?
  ) throws(CoreError) {
    let trainable = model.weights.trainableIndices
    guard state.slots.count == trainable.count,
      state.slots.allSatisfy({ $0.count == optimizer.slotNames.count })
    else { throw CoreError(.invalidArgument, "found state of another optimizer") }
    var dtypes: [DType] = []
    for index in trainable {
      let dtype = model.weights.keys[index].spec.dtype
      if !dtypes.contains(dtype) { dtypes.append(dtype) }
    }
    let numberCount = dtypes.reduce(0) { $0 + optimizer.numbers(1, dtype: $1).count }
    let fixed = [TensorSpec([2], .int64), TensorSpec([max(numberCount, 1)], .float64)]
    let batchSpecs = batch.inputs + batch.targets + (batch.sampleWeights.map { [$0] } ?? [])
    let slots = state.slots.flatMap { $0.map(\.spec) }
    let builder = StepBuilder(
      model: model, config: config, optimizer: optimizer, batch: batch, meters: meters, dtypes: dtypes,
      slotCount: optimizer.slotNames.count)
    plan = try TrainingPlan(
      arguments: batchSpecs + fixed, state: model.weights.keys.map(\.spec) + slots
    ) { (arguments, state) throws(CoreError) in try builder.step(arguments, state) }
    session = plan.makeSession(sharing: other?.session)
    self.meters = meters
    self.dtypes = dtypes
    batchCount = batchSpecs.count
    arguments = batchSpecs.map { _ in Self.vacancy } + fixed.map { Tensor.zeros($0.shape, dtype: $0.dtype) }
    results = plan.resultSpecs.map { Tensor(uninitialized: $0) }
  }

  private static let vacancy = Tensor.zeros([0])

  /// Changes `tensors`, the weights and then the slots by weight, and returns what the batch adds to the meters.
  func run(_ batch: Batch, _ numbers: StepNumbers, _ tensors: inout [Tensor]) throws(CoreError) -> MeterState {
    var next = 0
    for input in batch.inputs { put(input, &next) }
    for target in batch.targets { put(target, &next) }
    if let weights = batch.sampleWeights { put(weights, &next) }
    numbers.write(dtypes, &arguments, at: next)
    // Whoever made the batch finds it unshared afterwards, and can use its memory for the next one.
    defer { for index in 0..<batchCount { arguments[index] = Self.vacancy } }
    try session.run(arguments, into: &results, state: &tensors)
    return meters.statistics(batch, results)
  }

  private func put(_ tensor: Tensor, _ next: inout Int) {
    arguments[next] = tensor
    next += 1
  }
}

/// The numbers that differ from step to step.
struct StepNumbers {
  private let optimizer: any Optimizer
  private let iteration: Int
  private let seed: UInt64

  /// - Parameter iteration: the number of this step, from 1.
  init(_ optimizer: any Optimizer, iteration: Int, seed: UInt64) {
    (self.optimizer, self.iteration, self.seed) = (optimizer, iteration, seed)
  }

  /// Writes the random key's base and, behind it, the optimizer's numbers, by the dtype of the weights.
  func write(_ dtypes: [DType], _ arguments: inout [Tensor], at index: Int) {
    let words = RandomKey.words(seed: seed, step: iteration)
    arguments[index].withMutableScalars(of: Int64.self) { ($0[0], $0[1]) = words }
    guard let optimizer = optimizer as? any CompilableOptimizer else { return }
    arguments[index + 1].withMutableScalars(of: Double.self) { scalars in
      var next = 0
      for dtype in dtypes {
        for number in optimizer.numbers(iteration, dtype: dtype) {
          scalars[next] = number
          next += 1
        }
      }
    }
  }
}

/// The step as a function of its arguments and state.
private struct StepBuilder {
  let model: Model
  let config: TrainingConfig
  let optimizer: any CompilableOptimizer
  let batch: BatchSpecs
  let meters: Meters
  let dtypes: [DType]
  let slotCount: Int

  func step(_ arguments: [Tensor], _ state: [Tensor]) throws(CoreError) -> (results: [Tensor], state: [Tensor]) {
    let (inputCount, targetCount) = (batch.inputs.count, batch.targets.count)
    var samples = Batch(
      inputs: Array(arguments[..<inputCount]), targets: Array(arguments[inputCount..<inputCount + targetCount]))
    if batch.sampleWeights != nil { samples.sampleWeights = arguments[inputCount + targetCount] }
    let numbers = numbers(arguments[arguments.count - 1])
    let keys = model.weights.keys
    let weights = Weights(keys: keys, tensors: Array(state[..<keys.count]))
    let key = RandomKey(base: arguments[arguments.count - 2])
    let values = StepValues(model, weights, config, samples, key)
    var new = state
    let trainable = weights.trainableIndices
    let slots = trainable.indices.map { position in
      Array(state[keys.count + position * slotCount..<keys.count + (position + 1) * slotCount])
    }
    let updated = optimizer.updated(
      trainable.map { weights.tensors[$0] }, gradients: values.gradients.tensors, slots: slots, numbers: numbers)
    for (position, index) in trainable.enumerated() {
      new[index] = updated[position][0]
      for slot in 0..<slotCount { new[keys.count + position * slotCount + slot] = updated[position][1 + slot] }
    }
    for (key, value) in zip(values.updatedKeys, values.updates) { new[key.slot] = value }
    let results = meters.tensors(samples, values.outputs, losses: values.losses, total: values.loss)
    return (results, new)
  }

  /// The optimizer's numbers by the dtype of the weights, as views of the argument.
  private func numbers(_ argument: Tensor) -> [DType: [Tensor]] {
    var numbers: [DType: [Tensor]] = [:]
    var next = 0
    for dtype in dtypes {
      let count = optimizer.numbers(1, dtype: dtype).count
      numbers[dtype] = (next..<next + count).map { argument.sliced(axis: 0, $0..<$0 + 1).reshaped(Shape()) }
      next += count
    }
    return numbers
  }
}
