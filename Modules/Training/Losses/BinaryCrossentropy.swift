public import Layers
public import TensorCore

/// −(t·log p + (1 − t)·log(1 − p)), the mean over the last axis; targets of the predictions' shape. Keras:
/// `BinaryCrossentropy`.
///
/// Predictions are probabilities, kept within 1e-7 of 0 and 1, or logits. Where they are the very output of a sigmoid,
/// the loss is computed from its logits.
public struct BinaryCrossentropy: Loss {
  public static let kind = "BinaryCrossentropy"
  public static let names = ["binary_crossentropy", "bce", "BCE"]
  public static let template = BinaryCrossentropy()

  public var reduction = LossReduction.sumOverBatchSize
  public var fromLogits: Bool
  /// How far targets move toward one half.
  public var labelSmoothing: Double
  public var axis = -1

  public init(fromLogits: Bool = false, labelSmoothing: Double = 0) {
    (self.fromLogits, self.labelSmoothing) = (fromLogits, labelSmoothing)
  }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try checkAxis(axis, of: prediction)
    return try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let targets = labelSmoothing == 0 ? targets : targets * (1 - labelSmoothing) + 0.5 * labelSmoothing
    let found = fromLogits ? predictions : logits.flatMap { $0.kind == .sigmoid ? $0.values : nil }
    if let found { return LossValues((found.softplus() - found * targets).mean(axes: [-1])) }
    let p = predictions.clipped()
    let likelihood = targets * p.log() + (1 - targets) * (1 - p).log()
    return LossValues(likelihood.mean(axes: [-1]).negated())
  }

  public func validate() throws(CoreError) { try checkSmoothing(labelSmoothing) }
}
