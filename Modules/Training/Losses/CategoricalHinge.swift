public import Layers
public import TensorCore

/// max(1 + the largest prediction of a wrong class − that of the right one, 0). Targets are 0 and 1, of the
/// predictions' shape. Keras: `CategoricalHinge`.
public struct CategoricalHinge: Loss {
  public static let kind = "CategoricalHinge"
  public static let names = ["categorical_hinge"]
  public static let template = CategoricalHinge()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let right = (targets * predictions).sum(axes: [-1])
    let wrong = ((1 - targets) * predictions).max(axes: [-1])
    return LossValues((wrong - right + 1).maximum(0))
  }
}
