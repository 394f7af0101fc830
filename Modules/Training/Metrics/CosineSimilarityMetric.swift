public import TensorCore

/// The cosine of the angle between target and prediction along an axis. Keras: `metrics.CosineSimilarity`.
public struct CosineSimilarityMetric: MeanMetric {
  public static let kind = "CosineSimilarity"
  public static let names = ["cosine_similarity"]
  public static let template = CosineSimilarityMetric()

  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let (t, p) = (targets.cast(to: predictions.dtype).unitLength(axis: axis), predictions.unitLength(axis: axis))
    return (t * p).sum(axes: [axis])
  }
}
