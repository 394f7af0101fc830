public import TensorCore

/// Σ target·log(target / prediction) over the last axis. Keras: `metrics.KLDivergence`.
public struct KLDivergenceMetric: MeanMetric {
  public static let kind = "KLDivergence"
  public static let names = ["kl_divergence", "kullback_leibler_divergence", "kld", "KLD"]
  public static let template = KLDivergenceMetric()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let targets = targets.cast(to: predictions.dtype)
    return KLDivergence().values(targets, predictions, logits: nil).values
  }
}
