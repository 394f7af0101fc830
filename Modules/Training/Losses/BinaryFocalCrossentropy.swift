public import Layers
public import TensorCore

/// Binary crossentropy times (1 − the probability of the right answer)^gamma, the mean over an axis. Targets of the
/// predictions' shape. Lin et al. 2018. Keras: `BinaryFocalCrossentropy`.
public struct BinaryFocalCrossentropy: Loss {
  public static let kind = "BinaryFocalCrossentropy"
  public static let names = ["binary_focal_crossentropy"]
  public static let template = BinaryFocalCrossentropy()

  public var reduction = LossReduction.sumOverBatchSize
  public var fromLogits: Bool
  /// How far targets move toward one half.
  public var labelSmoothing: Double
  public var axis: Int
  /// Whether `alpha` weighs the ones, and 1 − alpha the zeros.
  public var applyClassBalancing: Bool
  public var alpha: Double
  /// How much less easy samples count.
  public var gamma: Double

  public init(
    fromLogits: Bool = false, labelSmoothing: Double = 0, axis: Int = -1, applyClassBalancing: Bool = false,
    alpha: Double = 0.25, gamma: Double = 2
  ) {
    (self.fromLogits, self.labelSmoothing, self.axis, self.applyClassBalancing, self.alpha, self.gamma) = (
      fromLogits, labelSmoothing, axis, applyClassBalancing, alpha, gamma
    )
  }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try checkAnyAxis(axis, of: prediction)
    return try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let t = labelSmoothing == 0 ? targets : targets * (1 - labelSmoothing) + 0.5 * labelSmoothing
    let p = fromLogits ? predictions.sigmoid() : predictions
    let entropy: Tensor
    if let found = logits, found.kind == .sigmoid, !fromLogits {
      entropy = found.values.softplus() - found.values * t
    } else {
      let kept = p.clipped()
      entropy = (t * kept.log() + (1 - t) * (1 - kept).log()).negated()
    }
    let right = t * p + (1 - t) * (1 - p)
    var focal = (1 - right).pow(gamma) * entropy
    if applyClassBalancing { focal = (t * alpha + (1 - t) * (1 - alpha)) * focal }
    return LossValues(focal.mean(axes: [axis]))
  }

  public func validate() throws(CoreError) { try checkSmoothing(labelSmoothing) }
}
