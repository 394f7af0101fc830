public import TensorCore

/// How often the right class is among the k largest predictions. Integer labels. Keras:
/// `SparseTopKCategoricalAccuracy`.
public struct SparseTopKCategoricalAccuracy: MeanMetric {
  public static let kind = "SparseTopKCategoricalAccuracy"
  public static let names = ["sparse_top_k_categorical_accuracy"]
  public static let template = SparseTopKCategoricalAccuracy()

  public var k: Int

  public init(k: Int = 5) { self.k = k }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try SparseCategoricalAccuracy().check(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let labels = (targets.rank == predictions.rank ? targets.squeezed(axis: targets.rank - 1) : targets).cast(
      to: .int64)
    let scores = predictions.cast(to: .float32)
    let score = scores.gatheredAlong(labels.expandingDims(at: labels.rank), axis: scores.rank - 1)
    // As TensorFlow's in_top_k: ties with the right class count for it.
    let better = scores.greater(score).cast(to: .float32).sum(axes: [-1])
    return better.less(Double(k)).cast(to: .float32)
  }
}
