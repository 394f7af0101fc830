public import TensorCore

/// max(1 + the largest prediction of a wrong class − that of the right one, 0). Keras: `metrics.CategoricalHinge`.
public struct CategoricalHingeMetric: MeanMetric {
  public static let kind = "CategoricalHinge"
  public static let names = ["categorical_hinge"]
  public static let template = CategoricalHingeMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return CategoricalHinge().values(targets, predictions, logits: nil).values
  }
}
