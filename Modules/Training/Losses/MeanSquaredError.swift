public import Layers
public import TensorCore

/// (target − prediction)², the mean over the last axis; targets of the predictions' shape. Keras: `MeanSquaredError`.
public struct MeanSquaredError: Loss {
  public static let kind = "MeanSquaredError"
  public static let names = ["mean_squared_error", "mse", "MSE"]
  public static let template = MeanSquaredError()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    LossValues(predictions.squaredDifference(targets).mean(axes: [-1]))
  }
}
