public import Layers
public import TensorCore

/// max(1 − target·prediction, 0)², the mean over the last axis. Targets are −1 and 1, or 0 and 1, of the predictions'
/// shape. Keras: `SquaredHinge`.
public struct SquaredHinge: Loss {
  public static let kind = "SquaredHinge"
  public static let names = ["squared_hinge"]
  public static let template = SquaredHinge()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    LossValues((1 - targets.signsOfBits() * predictions).maximum(0).square().mean(axes: [-1]))
  }
}
