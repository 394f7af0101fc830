public import Layers
public import TensorCore

/// 1 − Σ target·prediction / (that + alpha·Σ target·(1 − prediction) + beta·Σ (1 − target)·prediction + 1e-7) over the
/// axes, or over all. Targets of the predictions' shape. Salehi et al. 2017. Keras: `Tversky`.
public struct Tversky: Loss {
  public static let kind = "Tversky"
  public static let names = ["tversky"]
  public static let template = Tversky()

  public var reduction = LossReduction.sumOverBatchSize
  /// How much missed targets count.
  public var alpha: Double
  /// How much false ones count.
  public var beta: Double
  /// nil: all axes together.
  public var axis: KerasAxes?

  public init(alpha: Double = 0.5, beta: Double = 0.5, axis: KerasAxes? = nil) {
    (self.alpha, self.beta, self.axis) = (alpha, beta, axis)
  }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    for axis in axis?.values ?? [] { try checkAnyAxis(axis, of: prediction) }
    return try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let axes = axis?.values
    let shared = (targets * predictions).sum(axes: axes)
    let missed = ((1 - predictions) * targets).sum(axes: axes)
    let wrong = (predictions * (1 - targets)).sum(axes: axes)
    return LossValues(1 - shared / (shared + missed * alpha + wrong * beta + 1e-7))
  }
}
