public import Layers
public import TensorCore

/// 1 − 2·Σ target·prediction / (Σ target + Σ prediction + 1e-7) over the axes, or over all. Targets of the predictions'
/// shape. Dice 1945. Keras: `Dice`.
public struct Dice: Loss {
  public static let kind = "Dice"
  public static let names = ["dice"]
  public static let template = Dice()

  public var reduction = LossReduction.sumOverBatchSize
  /// nil: all axes together.
  public var axis: KerasAxes?

  public init(axis: KerasAxes? = nil) { self.axis = axis }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    for axis in axis?.values ?? [] { try checkAnyAxis(axis, of: prediction) }
    return try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let axes = axis?.values
    let shared = (targets * predictions).sum(axes: axes)
    let all = targets.sum(axes: axes) + predictions.sum(axes: axes) + 1e-7
    return LossValues(1 - shared * 2 / all)
  }
}
