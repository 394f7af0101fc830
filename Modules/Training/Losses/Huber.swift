public import Layers
public import TensorCore

/// ½·e² where the error is at most `delta`, growing with delta·|e| beyond; the mean over the last axis. Targets of the
/// predictions' shape. Huber 1964. Keras: `Huber`.
public struct Huber: Loss {
  public static let kind = "Huber"
  public static let names = ["huber", "huber_loss"]
  public static let template = Huber()

  public var reduction = LossReduction.sumOverBatchSize
  /// Where the square ends.
  public var delta: Double

  public init(delta: Double = 1) { self.delta = delta }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let error = predictions - targets
    let size = error.abs()
    let (near, far) = (error.square() * 0.5, size * delta - 0.5 * delta * delta)
    return LossValues(Tensor.select(size.lessOrEqual(delta), near, far).mean(axes: [-1]))
  }
}
