internal import TensorCore

/// Leaves of predictions the largest of each sample, and of all classes one.
struct TopKFilter {
  let topK: Int?
  let classId: Int?

  /// What Keras puts in the place of predictions that do not count.
  static let least: Float = -1e10

  func check(_ predictions: TensorSpec, _ name: String) throws(CoreError) {
    let classes = predictions.shape.last
    if let topK, !(1...max(1, classes)).contains(topK) {
      throw CoreError(.invalidConfig, "\(name): found top_k \(topK), expected a number from 1 to \(classes)")
    }
    if let classId, !(0..<classes).contains(classId) || predictions.rank < 2 {
      throw CoreError(.invalidConfig, "\(name): found class_id \(classId), expected one of \(classes) classes")
    }
  }

  func callAsFunction(_ targets: Tensor, _ predictions: Tensor) -> (Tensor, Tensor) {
    var (targets, predictions) = (targets.cast(to: .float32), predictions.cast(to: .float32))
    if let topK {
      let indices = predictions.topK(topK).indices
      let isKept = indices.oneHot(depth: predictions.shape.last, dtype: .float32).sum(axes: [-2])
      predictions = predictions * isKept + (1 - isKept) * Double(Self.least)
    }
    if let classId {
      let axis = predictions.rank - 1
      targets = targets.sliced(axis: axis, classId..<classId + 1)
      predictions = predictions.sliced(axis: axis, classId..<classId + 1)
    }
    return (targets, predictions)
  }
}
