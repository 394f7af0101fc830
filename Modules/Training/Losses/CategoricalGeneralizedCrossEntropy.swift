public import Layers
public import TensorCore

/// (1 − p^q) / q for the probability p of the right class: between crossentropy (q near 0) and absolute error (q = 1), so
/// that wrong labels do less harm. Integer labels. Zhang and Sabuncu 2018. Keras: `CategoricalGeneralizedCrossEntropy`.
public struct CategoricalGeneralizedCrossEntropy: Loss {
  public static let kind = "CategoricalGeneralizedCrossEntropy"
  public static let names = ["categorical_generalized_cross_entropy"]
  public static let template = CategoricalGeneralizedCrossEntropy()

  public var reduction = LossReduction.sumOverBatchSize
  public var q: Double

  public init(q: Double = 0.5) { self.q = q }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try Targets.labels(targets, for: prediction, ignoring: nil, loss: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let right = targets.oneHot(depth: predictions.shape.last, dtype: predictions.dtype)
    let p = (predictions * right).sum(axes: [-1])
    return LossValues((1 - p.pow(q)) / q)
  }

  public func validate() throws(CoreError) {
    guard q > 0, q < 1 else {
      throw CoreError(.invalidConfig, "\(Self.names[0]): found q \(q), expected a number between 0 and 1")
    }
  }
}
