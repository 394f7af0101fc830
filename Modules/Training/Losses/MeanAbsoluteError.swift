public import Layers
public import TensorCore

/// |target − prediction|, the mean over the last axis; targets of the predictions' shape. Keras: `MeanAbsoluteError`.
public struct MeanAbsoluteError: Loss {
  public static let kind = "MeanAbsoluteError"
  public static let names = ["mean_absolute_error", "mae", "MAE"]
  public static let template = MeanAbsoluteError()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    LossValues((predictions - targets).abs().mean(axes: [-1]))
  }
}
