public import TensorCore

/// How often the right class is among the k largest predictions. Integer labels. Keras:
/// `SparseTopKCategoricalAccuracy`.
public struct SparseTopKCategoricalAccuracy: MeanMetric {
  public static let kind = "SparseTopKCategoricalAccuracy"
  public static let names = ["sparse_top_k_categorical_accuracy"]
  public static let template = SparseTopKCategoricalAccuracy()

  public var k: Int
  /// Whether predictions are classes, the best first, in place of every class's score.
  public var fromSortedIds: Bool

  public init(k: Int = 5, fromSortedIds: Bool = false) { (self.k, self.fromSortedIds) = (k, fromSortedIds) }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try SparseCategoricalAccuracy().check(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let labels = (targets.rank == predictions.rank ? targets.squeezed(axis: targets.rank - 1) : targets).cast(
      to: .int64)
    if fromSortedIds {
      let classes = predictions.cast(to: .int64)
      let best = classes.sliced(axis: classes.rank - 1, 0..<min(k, classes.shape.last))
      return best.equal(labels.expandingDims(at: labels.rank)).cast(to: .float32).max(axes: [-1])
    }
    let scores = predictions.cast(to: .float32)
    let score = scores.gatheredAlong(labels.expandingDims(at: labels.rank), axis: scores.rank - 1)
    // As TensorFlow's in_top_k: ties with the right class count for it.
    let better = scores.greater(score).cast(to: .float32).sum(axes: [-1])
    return better.less(Double(k)).cast(to: .float32)
  }
}
