public import TensorCore

/// prediction − target·log(prediction), the mean over the last axis. Keras: `metrics.Poisson`.
public struct PoissonMetric: MeanMetric {
  public static let kind = "Poisson"
  public static let names = ["poisson"]
  public static let template = PoissonMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return Poisson().values(targets, predictions, logits: nil).values
  }
}
