public import TensorCore

/// Crossentropy of integer labels. Targets `[batch, ...]` or with an axis of length 1 behind, predictions
/// `[batch, ..., classes]`. Keras: `metrics.SparseCategoricalCrossentropy`.
public struct SparseCategoricalCrossentropyMetric: MeanMetric {
  public static let kind = "SparseCategoricalCrossentropy"
  public static let names = ["sparse_categorical_crossentropy"]
  public static let template = SparseCategoricalCrossentropyMetric()

  /// Whether predictions are logits.
  public var fromLogits: Bool
  /// A label whose values are 0. As in Keras they count in the mean all the same, unless samples have weights.
  public var ignoreClass: Int?
  public var axis = -1

  public init(fromLogits: Bool = false, ignoreClass: Int? = nil) {
    (self.fromLogits, self.ignoreClass) = (fromLogits, ignoreClass)
  }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try SparseCategoricalAccuracy().check(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    SparseCategoricalCrossentropy(fromLogits: fromLogits, ignoreClass: ignoreClass).values(
      labels(targets, rank: predictions.rank - 1), predictions, logits: nil
    ).values
  }

  public func weights(_ weights: Tensor?, of targets: Tensor) -> Tensor? {
    guard let ignoreClass, let weights else { return weights }
    let isColumn = targets.rank > 1 && targets.shape.last == 1 && weights.rank < targets.rank
    let counts = labels(targets, rank: isColumn ? targets.rank - 1 : targets.rank)
      .notEqual(Double(ignoreClass)).cast(to: weights.dtype)
    return counts * LossReduction.aligned(weights, with: counts)
  }

  private func labels(_ targets: Tensor, rank: Int) -> Tensor {
    (targets.rank > rank ? targets.squeezed(axis: targets.rank - 1) : targets).cast(to: .int64)
  }
}
