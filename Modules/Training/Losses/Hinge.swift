public import Layers
public import TensorCore

/// max(1 − target·prediction, 0), the mean over the last axis. Targets are −1 and 1, or 0 and 1, of the predictions'
/// shape. Keras: `Hinge`.
public struct Hinge: Loss {
  public static let kind = "Hinge"
  public static let names = ["hinge"]
  public static let template = Hinge()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    LossValues((1 - targets.signsOfBits() * predictions).maximum(0).mean(axes: [-1]))
  }
}

extension Tensor {
  /// −1 and 1 where all elements are 0 or 1; else as they are, as Keras has it.
  func signsOfBits() -> Tensor {
    let areBits = equal(0).logicalOr(equal(1)).all().broadcast(to: shape)
    return Tensor.select(areBits, self * 2 - 1, self)
  }
}
