public import Layers
public import TensorCore

/// prediction − target·log(prediction + 1e-7), the mean over the last axis. Targets of the predictions' shape. Keras:
/// `Poisson`.
public struct Poisson: Loss {
  public static let kind = "Poisson"
  public static let names = ["poisson"]
  public static let template = Poisson()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    LossValues((predictions - targets * (predictions + 1e-7).log()).mean(axes: [-1]))
  }
}
