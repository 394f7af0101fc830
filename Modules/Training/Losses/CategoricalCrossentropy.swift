public import Layers
public import TensorCore

/// −Σ target·log(prediction) over the last axis, for one-hot or soft targets of the predictions' shape. Keras:
/// `CategoricalCrossentropy`.
///
/// Predictions are probabilities, which are first made to sum to 1 and kept within 1e-7 of 0 and 1, or logits. Where they
/// are the very output of a softmax, the loss is computed from its logits, without that limit.
public struct CategoricalCrossentropy: Loss {
  public static let kind = "CategoricalCrossentropy"
  public static let names = ["categorical_crossentropy"]
  public static let template = CategoricalCrossentropy()

  public var reduction = LossReduction.sumOverBatchSize
  public var fromLogits: Bool
  /// Share of each target that is spread evenly over all classes.
  public var labelSmoothing: Double
  public var axis = -1

  public init(fromLogits: Bool = false, labelSmoothing: Double = 0) {
    (self.fromLogits, self.labelSmoothing) = (fromLogits, labelSmoothing)
  }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try checkAxis(axis, of: prediction)
    if targets.rank < prediction.rank || (targets.rank == prediction.rank && targets.shape.last == 1),
      prediction.rank > 0, prediction.shape.last > 1
    {
      throw CoreError(
        .shapeMismatch,
        "\(Self.names[0]): found targets of shape \(Targets.open(targets.shape)), expected one-hot targets of shape "
          + "\(Targets.open(prediction.shape)); integer labels go with sparse_categorical_crossentropy")
    }
    return try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let classes = Double(predictions.shape.last)
    let targets =
      labelSmoothing == 0 ? targets : targets * (1 - labelSmoothing) + labelSmoothing / classes
    let logits = fromLogits ? predictions : logits.flatMap { $0.kind == .softmax ? $0.values : nil }
    if let logits { return LossValues((targets * logits.logSoftmax()).sum(axes: [-1]).negated()) }
    let normalized = predictions / predictions.sum(axes: [-1], keepDims: true)
    return LossValues((targets * normalized.clipped().log()).sum(axes: [-1]).negated())
  }

  public func validate() throws(CoreError) { try checkSmoothing(labelSmoothing) }
}
