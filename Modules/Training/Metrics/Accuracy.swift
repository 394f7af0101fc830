public import TensorCore

/// How often predictions equal targets. Keras: `Accuracy`. The name `"accuracy"` in a list of metrics means one of the
/// other accuracies instead, chosen by shape: `MetricChoice`.
public struct Accuracy: MeanMetric {
  public static let kind = "Accuracy"
  public static let names: [String] = []
  public static let template = Accuracy()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard targets.shape.array.dropFirst().elementsEqual(predictions.shape.array.dropFirst()) else {
      throw CoreError(
        .shapeMismatch,
        "Accuracy: found targets of shape \(Targets.open(targets.shape)) for predictions "
          + "\(Targets.open(predictions.shape)), expected equal shapes")
    }
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    targets.cast(to: predictions.dtype).equal(predictions).cast(to: .float32)
  }
}
