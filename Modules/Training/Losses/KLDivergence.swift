public import Layers
public import TensorCore

/// Σ target·log(target / prediction) over the last axis, both kept from 1e-7 to 1. Targets of the predictions' shape.
/// Kullback and Leibler 1951. Keras: `KLDivergence`.
public struct KLDivergence: Loss {
  public static let kind = "KLDivergence"
  public static let names = ["kl_divergence", "kullback_leibler_divergence", "kld", "KLD"]
  public static let template = KLDivergence()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.sameShape(targets, as: prediction, for: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let (t, p) = (targets.clamped(1e-7, 1), predictions.clamped(1e-7, 1))
    return LossValues((t * (t / p).log()).sum(axes: [-1]))
  }
}
