public import TensorCore

/// The squared difference of the logarithms of 1 + target and 1 + prediction, the mean over the last axis. Keras:
/// `metrics.MeanSquaredLogarithmicError`.
public struct MeanSquaredLogarithmicErrorMetric: MeanMetric {
  public static let kind = "MeanSquaredLogarithmicError"
  public static let names = ["mean_squared_logarithmic_error", "msle", "MSLE"]
  public static let template = MeanSquaredLogarithmicErrorMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return MeanSquaredLogarithmicError().values(targets, predictions, logits: nil).values
  }
}
