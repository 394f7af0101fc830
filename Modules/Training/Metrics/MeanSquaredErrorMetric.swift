public import TensorCore

/// The squared difference of targets and predictions, the mean over the last axis. Keras: `metrics.MeanSquaredError`.
public struct MeanSquaredErrorMetric: MeanMetric {
  public static let kind = "MeanSquaredError"
  public static let names = ["mean_squared_error", "mse", "MSE"]
  public static let template = MeanSquaredErrorMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return targets.squaredDifference(predictions).mean(axes: [-1])
  }
}
