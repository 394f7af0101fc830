public import Layers
public import TensorCore

/// Categorical crossentropy whose terms are multiplied with alpha·(1 − prediction)^gamma. One-hot targets of the
/// predictions' shape. Lin et al. 2018. Keras: `CategoricalFocalCrossentropy`.
public struct CategoricalFocalCrossentropy: Loss {
  public static let kind = "CategoricalFocalCrossentropy"
  public static let names = ["categorical_focal_crossentropy"]
  public static let template = CategoricalFocalCrossentropy()

  public var reduction = LossReduction.sumOverBatchSize
  /// Of every class.
  public var alpha: Double
  /// How much less easy samples count.
  public var gamma: Double
  public var fromLogits: Bool
  /// Share of each target that is spread evenly over all classes.
  public var labelSmoothing: Double
  public var axis: Int

  public init(
    alpha: Double = 0.25, gamma: Double = 2, fromLogits: Bool = false, labelSmoothing: Double = 0, axis: Int = -1
  ) {
    (self.alpha, self.gamma, self.fromLogits, self.labelSmoothing, self.axis) = (
      alpha, gamma, fromLogits, labelSmoothing, axis
    )
  }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try checkAnyAxis(axis, of: prediction)
    return try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let classes = Double(targets.shape.last)
    let t = labelSmoothing == 0 ? targets : targets * (1 - labelSmoothing) + labelSmoothing / classes
    let p = fromLogits ? predictions.softmax(axis: axis) : predictions
    let kept = (p / p.sum(axes: [axis], keepDims: true)).clipped()
    let terms = (1 - kept).pow(gamma) * alpha * (t * kept.log()).negated()
    return LossValues(terms.sum(axes: [axis]))
  }

  public func validate() throws(CoreError) { try checkSmoothing(labelSmoothing) }
}
