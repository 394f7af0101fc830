public import TensorCore

/// max(1 − target·prediction, 0), the mean over the last axis. Keras: `metrics.Hinge`.
public struct HingeMetric: MeanMetric {
  public static let kind = "Hinge"
  public static let names = ["hinge"]
  public static let template = HingeMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return Hinge().values(targets, predictions, logits: nil).values
  }
}
