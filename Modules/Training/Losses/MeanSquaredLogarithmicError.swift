public import Layers
public import TensorCore

/// (log(1 + prediction) − log(1 + target))², the mean over the last axis; both are taken for 1e-7 at least. Targets of
/// the predictions' shape. Keras: `MeanSquaredLogarithmicError`.
public struct MeanSquaredLogarithmicError: Loss {
  public static let kind = "MeanSquaredLogarithmicError"
  public static let names = ["mean_squared_logarithmic_error", "msle", "MSLE"]
  public static let template = MeanSquaredLogarithmicError()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let (first, second) = ((predictions.maximum(1e-7) + 1).log(), (targets.maximum(1e-7) + 1).log())
    return LossValues(first.squaredDifference(second).mean(axes: [-1]))
  }
}
