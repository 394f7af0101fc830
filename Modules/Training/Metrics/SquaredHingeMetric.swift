public import TensorCore

/// max(1 − target·prediction, 0)², the mean over the last axis. Keras: `metrics.SquaredHinge`.
public struct SquaredHingeMetric: MeanMetric {
  public static let kind = "SquaredHinge"
  public static let names = ["squared_hinge"]
  public static let template = SquaredHingeMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return SquaredHinge().values(targets, predictions, logits: nil).values
  }
}
