internal import Data
internal import Layers
internal import Optimizers
internal import Plan
internal import TensorCore
internal import Training

/// A workload ready to be timed. Used by one thread at a time.
public struct PreparedWorkload {
  public let workload: Workload
  /// Weights that training changes.
  public let trainableCount: Int
  /// What one step must compute and move, whoever computes it.
  public let cost: WorkloadCost
  /// One training step on the batch, or one run of it.
  public let step: () throws -> Void

  init(_ workload: Workload) throws(CoreError) {
    let model = try workload.net.make()
    let (x, y) = workload.net.data(workload.batchSize)
    self.workload = workload
    trainableCount = model.weights.keys.reduce(0) { $0 + ($1.isTrainable ? $1.spec.elementCount : 0) }
    cost = try WorkloadCost(of: model, inputs: [x.spec], goal: workload.goal, precision: workload.precision)
    switch workload.goal {
    case .training:
      let trainer = try Trainer(model, optimizer: Adam(), loss: workload.net.loss)
      // As a data set gives it to `fit`: labels in the element type that the loss wants, in one batch.
      let batch = Batch(inputs: [x], targets: [y.dtype.isFloating ? y : y.cast(to: .int64)])
      step = { _ = try trainer.trainStep(batch) }
    case .inference:
      let plan = try Self.plan(model, x.spec, workload.precision)
      let (session, arguments) = (plan.makeSession(), [x])
      var results = plan.resultSpecs.map { Tensor(uninitialized: $0) }
      step = { try session.run(arguments, into: &results) }
    }
  }

  private static func plan(
    _ model: Model, _ input: TensorSpec, _ precision: DType
  ) throws(CoreError) -> InferencePlan {
    try InferencePlan(inputs: [input], precision: precision == .bfloat16 ? .bfloat16 : .float32) {
      inputs throws(CoreError) in
      var context = CallContext(weights: model.weights)
      return model(inputs, &context)
    }
  }
}
