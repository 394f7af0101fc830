public import TensorCore

/// How often predictions above a threshold meet targets of 1, the others 0; the mean over the last axis. Keras:
/// `BinaryAccuracy`.
public struct BinaryAccuracy: MeanMetric {
  public static let kind = "BinaryAccuracy"
  public static let names = ["binary_accuracy"]
  public static let template = BinaryAccuracy()

  public var threshold: Double

  public init(threshold: Double = 0.5) { self.threshold = threshold }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let decisions = predictions.greater(threshold).cast(to: predictions.dtype)
    return targets.cast(to: predictions.dtype).equal(decisions).cast(to: .float32).mean(axes: [-1])
  }
}
