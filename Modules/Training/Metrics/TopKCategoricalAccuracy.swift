public import TensorCore

/// How often the right class is among the k largest predictions. One-hot targets of the predictions' shape. Keras:
/// `TopKCategoricalAccuracy`.
public struct TopKCategoricalAccuracy: MeanMetric {
  public static let kind = "TopKCategoricalAccuracy"
  public static let names = ["top_k_categorical_accuracy"]
  public static let template = TopKCategoricalAccuracy()

  public var k: Int

  public init(k: Int = 5) { self.k = k }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let labels = (targets.argMax(axis: -1)).cast(to: .int64)
    let scores = predictions.cast(to: .float32)
    let score = scores.gatheredAlong(labels.expandingDims(at: labels.rank), axis: scores.rank - 1)
    // As TensorFlow's in_top_k: ties with the right class count for it.
    let better = scores.greater(score).cast(to: .float32).sum(axes: [-1])
    return better.less(Double(k)).cast(to: .float32)
  }
}
