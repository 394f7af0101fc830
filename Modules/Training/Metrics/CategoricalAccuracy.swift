public import TensorCore

/// How often the largest prediction is where the largest target is; targets of the predictions' shape. Keras:
/// `CategoricalAccuracy`.
public struct CategoricalAccuracy: MeanMetric {
  public static let kind = "CategoricalAccuracy"
  public static let names = ["categorical_accuracy"]
  public static let template = CategoricalAccuracy()

  public init() {}

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    targets.argMax().equal(predictions.argMax()).cast(to: .float32)
  }
}
