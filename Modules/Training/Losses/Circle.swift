public import Layers
public import TensorCore

/// Brings embeddings of one class together and keeps those of different ones apart, each pair by how far it is from where
/// it should be. Labels `[batch]`, predictions `[batch, size]` of length 1. Sun et al. 2020. Keras: `Circle`.
///
/// A sample without another of its class, or without one of another, has a loss of 0, and such samples do not count in the
/// mean.
public struct Circle: Loss {
  public static let kind = "Circle"
  public static let names = ["circle"]
  public static let template = Circle()

  public var reduction = LossReduction.sumOverBatchSize
  /// What similarities are multiplied with.
  public var gamma: Double
  /// How far from ideal a similarity may be.
  public var margin: Double
  /// Whether a sample is not compared with itself.
  public var removeDiagonal: Bool

  public init(gamma: Double = 80, margin: Double = 0.4, removeDiagonal: Bool = true) {
    (self.gamma, self.margin, self.removeDiagonal) = (gamma, margin, removeDiagonal)
  }

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    guard prediction.rank == 2, targets.rank == 1 || (targets.rank == 2 && targets.shape[1] == 1) else {
      throw CoreError(
        .shapeMismatch,
        "circle: found targets of shape \(Targets.open(targets.shape)) for predictions \(Targets.open(prediction.shape)), "
          + "expected a label per embedding")
    }
    return try Targets.integers(targets, Self.names[0]).reshaped([targets.elementCount])
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let count = predictions.shape[0]
    let distances = (1 - predictions.matmul(predictions, transposeOther: true)).maximum(0)
    let isSame = targets.reshaped([count, 1]).equal(targets.reshaped([1, count])).cast(to: predictions.dtype)
    let others = 1 - Tensor.eye(count, columns: count, dtype: predictions.dtype)
    let positive = removeDiagonal ? isSame * others : isSame
    // As in Keras, a sample itself is of another class where it is not compared with itself: its weight is 0 there.
    let negative = 1 - isSame
    let near = ((distances + margin) * positive).maximum(0) * (margin - distances) * -gamma
    let far = (((1 + margin) - distances) * negative).maximum(0) * ((1 - margin) - distances) * gamma
    let (p, n) = (Self.logSumExp(near, positive), Self.logSumExp(far, negative))
    let hasBoth = positive.max(axes: [1]) * negative.max(axes: [1])
    let values = (p + n).softplus() * hasBoth
    return LossValues(values, mask: values.greater(0).cast(to: values.dtype))
  }

  /// log Σ exp over the rows' elements that count; 0 for rows that have none.
  private static func logSumExp(_ x: Tensor, _ mask: Tensor) -> Tensor {
    let counts = mask.greater(0)
    let kept = Tensor.select(counts, x, Tensor.full(x.shape, -1e30, dtype: x.dtype))
    let isEmpty = mask.max(axes: [1]).equal(0)
    return Tensor.select(isEmpty, Tensor.zeros([x.shape[0]], dtype: x.dtype), kept.logSumExp(axes: [1]))
  }
}
