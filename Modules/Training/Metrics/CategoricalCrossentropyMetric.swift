public import TensorCore

/// Crossentropy of one-hot targets. Keras: `metrics.CategoricalCrossentropy`.
public struct CategoricalCrossentropyMetric: MeanMetric {
  public static let kind = "CategoricalCrossentropy"
  public static let names = ["categorical_crossentropy"]
  public static let template = CategoricalCrossentropyMetric()

  public var fromLogits = false
  public var labelSmoothing = 0.0
  public var axis = -1

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return CategoricalCrossentropy(fromLogits: fromLogits, labelSmoothing: labelSmoothing).values(
      targets, predictions, logits: nil
    ).values
  }
}
