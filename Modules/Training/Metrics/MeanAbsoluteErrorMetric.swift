public import TensorCore

/// The absolute difference of targets and predictions, the mean over the last axis. Keras: `metrics.MeanAbsoluteError`.
public struct MeanAbsoluteErrorMetric: MeanMetric {
  public static let kind = "MeanAbsoluteError"
  public static let names = ["mean_absolute_error", "mae", "MAE"]
  public static let template = MeanAbsoluteErrorMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return (targets - predictions).abs().mean(axes: [-1])
  }
}
