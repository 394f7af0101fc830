internal import Data
internal import Layers
internal import Plan
internal import TensorCore

/// The loss and the metrics of batches of one shape in inference, compiled for the present weights.
struct CompiledTest {
  private let specs: BatchSpecs
  private let meters: Meters
  private let session: Session
  private let stateCount: Int

  /// Throws where the model, a loss or a metric cannot be captured or a backend cannot set up a kernel.
  init(_ model: Model, _ config: TrainingConfig, _ batch: Batch, _ meters: Meters) throws(CoreError) {
    (specs, self.meters) = (BatchSpecs(batch), meters)
    let (inputCount, targetCount) = (batch.inputs.count, batch.targets.count)
    let states = model.stateKeys
    stateCount = states.count
    let inputs = Self.arguments(batch).map(\.spec) + states.map(\.spec)
    let plan = try InferencePlan(inputs: inputs) { (arguments) throws(CoreError) in
      let samples = Batch(
        inputs: Array(arguments[..<inputCount]), targets: Array(arguments[inputCount..<inputCount + targetCount]),
        outputWeights: Array(arguments[(inputCount + targetCount)..<(arguments.count - states.count)]))
      var context = CallContext(weights: model.weights)
      for (key, state) in zip(states, arguments.suffix(states.count)) { context.weights[key] = state }
      context.remembersLogits = true
      let outputs = model(samples.inputs, &context)
      let losses = config.losses(samples, outputs, context)
      let penalties = context.losses + model.weightRules.penalties(of: model.weights)
      let tensors = meters.tensors(
        samples, outputs, losses: losses, total: config.total(losses, penalties), masks: context.masks(of: outputs))
      return tensors + states.map { context.weights[$0] }
    }
    session = plan.makeSession()
  }

  private static func arguments(_ batch: Batch) -> [Tensor] {
    batch.inputs + batch.targets + batch.outputWeights
  }

  /// Whether it is for batches of this shape.
  func fits(_ batch: Batch) -> Bool { specs.fits(batch) }

  /// What the batch adds to the meters, and the states after it; nil where it is of another shape.
  func run(_ batch: Batch, states: [Tensor]) throws(CoreError) -> (statistics: MeterState, states: [Tensor])? {
    guard specs.fits(batch) else { return nil }
    let results = try session.run(Self.arguments(batch) + states)
    var statistics = meters.zero
    meters.measure(batch, results.dropLast(stateCount), into: &statistics)
    return (statistics, Array(results.suffix(stateCount)))
  }
}
