public import TensorCore

/// 100·|target − prediction| / |target|, the mean over the last axis. Keras: `metrics.MeanAbsolutePercentageError`.
public struct MeanAbsolutePercentageErrorMetric: MeanMetric {
  public static let kind = "MeanAbsolutePercentageError"
  public static let names = ["mean_absolute_percentage_error", "mape", "MAPE"]
  public static let template = MeanAbsolutePercentageErrorMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return MeanAbsolutePercentageError().values(targets, predictions, logits: nil).values
  }
}
