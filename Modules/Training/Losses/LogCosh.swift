public import Layers
public import TensorCore

/// The logarithm of the hyperbolic cosine of the error, the mean over the last axis. Targets of the predictions' shape.
/// Keras: `LogCosh`.
public struct LogCosh: Loss {
  public static let kind = "LogCosh"
  public static let names = ["log_cosh", "logcosh"]
  public static let template = LogCosh()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let error = predictions - targets
    return LossValues((error + (error * -2).softplus() - 0.693147180559945309).mean(axes: [-1]))
  }
}
