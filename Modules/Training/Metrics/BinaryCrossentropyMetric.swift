public import TensorCore

/// Binary crossentropy, the mean over the last axis. Keras: `metrics.BinaryCrossentropy`.
public struct BinaryCrossentropyMetric: MeanMetric {
  public static let kind = "BinaryCrossentropy"
  public static let names = ["binary_crossentropy", "bce", "BCE"]
  public static let template = BinaryCrossentropyMetric()

  public var fromLogits = false
  public var labelSmoothing = 0.0

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return BinaryCrossentropy(fromLogits: fromLogits, labelSmoothing: labelSmoothing).values(
      targets, predictions, logits: nil
    ).values
  }
}
