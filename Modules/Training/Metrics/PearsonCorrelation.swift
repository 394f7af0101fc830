public import TensorCore

/// How well targets and predictions lie on a line, along an axis: the mean of the products of both, each with mean 0 and
/// deviation 1. NaN for constants. Keras: `PearsonCorrelation`.
public struct PearsonCorrelation: MeanMetric {
  public static let kind = "PearsonCorrelation"
  public static let names = ["pearson_correlation"]
  public static let template = PearsonCorrelation()

  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let (t, p) = (standardized(targets.cast(to: predictions.dtype)), standardized(predictions))
    return (t * p).mean(axes: [axis])
  }

  private func standardized(_ x: Tensor) -> Tensor {
    let centered = x - x.mean(axes: [axis], keepDims: true)
    return centered / centered.standardDeviation(axes: [axis], keepDims: true)
  }
}
