public import Layers
public import TensorCore

/// −log of the prediction of the class that an integer label names. Keras: `SparseCategoricalCrossentropy`.
///
/// Targets `[batch, ...]` (or with an axis of length 1 behind) from 0 to classes − 1, predictions
/// `[batch, ..., classes]`: probabilities, which are kept within 1e-7 of 0 and 1 and then made to sum to 1, or logits.
/// Where they are the very output of a softmax, the loss is computed from its logits.
public struct SparseCategoricalCrossentropy: Loss {
  public static let kind = "SparseCategoricalCrossentropy"
  public static let names = ["sparse_categorical_crossentropy"]
  public static let template = SparseCategoricalCrossentropy()

  public var reduction = LossReduction.sumOverBatchSize
  public var fromLogits: Bool
  /// A label whose samples do not count.
  public var ignoreClass: Int?
  public var axis = -1

  public init(fromLogits: Bool = false, ignoreClass: Int? = nil) {
    (self.fromLogits, self.ignoreClass) = (fromLogits, ignoreClass)
  }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    try checkAxis(axis, of: prediction)
    return try Targets.labels(targets, for: prediction, ignoring: ignoreClass, loss: Self.names[0])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let found = fromLogits ? predictions : logits.flatMap { $0.kind == .softmax ? $0.values : nil }
    let logProbabilities = (found ?? predictions.clipped().log()).logSoftmax()
    guard let ignoreClass else { return LossValues(pick(logProbabilities, targets)) }
    let counts = targets.notEqual(Double(ignoreClass))
    let mask = counts.cast(to: predictions.dtype)
    let labels = Tensor.select(counts, targets, Tensor.zeros(like: targets))
    return LossValues(pick(logProbabilities, labels) * mask, mask: mask)
  }

  private func pick(_ logProbabilities: Tensor, _ labels: Tensor) -> Tensor {
    logProbabilities.gatheredAlong(labels.expandingDims(at: -1), axis: -1).squeezed(axis: -1).negated()
  }
}
