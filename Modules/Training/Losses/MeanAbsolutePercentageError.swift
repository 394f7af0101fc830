public import Layers
public import TensorCore

/// 100·|target − prediction| / |target|, the mean over the last axis; |target| is taken for 1e-7 at least. Targets of
/// the predictions' shape. Keras: `MeanAbsolutePercentageError`.
public struct MeanAbsolutePercentageError: Loss {
  public static let kind = "MeanAbsolutePercentageError"
  public static let names = ["mean_absolute_percentage_error", "mape", "MAPE"]
  public static let template = MeanAbsolutePercentageError()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let share = ((targets - predictions) / targets.abs().maximum(1e-7)).abs()
    return LossValues(share.mean(axes: [-1]) * 100)
  }
}
