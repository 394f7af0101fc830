public import TensorCore

/// The logarithm of the hyperbolic cosine of the error, the mean over the last axis. Keras: `LogCoshError`.
public struct LogCoshErrorMetric: MeanMetric {
  public static let kind = "LogCoshError"
  public static let names = ["logcosh", "log_cosh", "log_cosh_error"]
  public static let template = LogCoshErrorMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return LogCosh().values(targets, predictions, logits: nil).values
  }
}
