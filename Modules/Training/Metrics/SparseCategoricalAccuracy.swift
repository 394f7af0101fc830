public import TensorCore

/// How often the largest prediction is that of the class which an integer label names. Targets `[batch, ...]` or with an
/// axis of length 1 behind, predictions `[batch, ..., classes]`. Keras: `SparseCategoricalAccuracy`.
public struct SparseCategoricalAccuracy: MeanMetric {
  public static let kind = "SparseCategoricalAccuracy"
  public static let names = ["sparse_categorical_accuracy"]
  public static let template = SparseCategoricalAccuracy()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    var shape = targets.shape.array
    if shape.count == predictions.rank, shape.last == 1 { shape.removeLast() }
    guard shape.count + 1 == predictions.rank,
      shape.dropFirst().elementsEqual(predictions.shape.array.dropFirst().dropLast())
    else {
      throw CoreError(
        .shapeMismatch,
        "sparse_categorical_accuracy: found targets of shape \(Targets.open(targets.shape)) for predictions "
          + "\(Targets.open(predictions.shape)), expected integer labels, one per vector of classes")
    }
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    let winners = predictions.argMax()
    return targets.cast(to: .int64).reshaped(winners.shape).equal(winners).cast(to: .float32)
  }
}
