public import TensorCore

/// How well predictions equal targets along an axis, in place and spread. Keras: `ConcordanceCorrelation`, with its
/// covariance, which takes the predictions' mean from both. Lin 1989.
public struct ConcordanceCorrelation: MeanMetric {
  public static let kind = "ConcordanceCorrelation"
  public static let names = ["concordance_correlation"]
  public static let template = ConcordanceCorrelation()

  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let (t, p) = (targets.cast(to: predictions.dtype), predictions)
    let (targetMean, mean) = (t.mean(axes: [axis], keepDims: true), p.mean(axes: [axis], keepDims: true))
    let spread = t.variance(axes: [axis], keepDims: true) + p.variance(axes: [axis], keepDims: true)
    let norm = spread + targetMean.squaredDifference(mean) + 1e-7
    return ((t - mean) * (p - mean) * 2 / norm).mean(axes: [axis])
  }
}
