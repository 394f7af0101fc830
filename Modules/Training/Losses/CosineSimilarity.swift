public import Layers
public import TensorCore

/// Minus the cosine of the angle between target and prediction along an axis; 0 where one is zero. Targets of the
/// predictions' shape. Keras: `CosineSimilarity`.
public struct CosineSimilarity: Loss {
  public static let kind = "CosineSimilarity"
  public static let names = ["cosine_similarity"]
  public static let template = CosineSimilarity()

  public var reduction = LossReduction.sumOverBatchSize
  /// Along which the vectors lie.
  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try checkAnyAxis(axis, of: prediction)
    return try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let (p, t) = (predictions.unitLength(axis: axis), targets.unitLength(axis: axis))
    return LossValues((p * t).sum(axes: [axis]).negated())
  }
}
