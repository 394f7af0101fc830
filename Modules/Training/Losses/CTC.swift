public import Layers
public import TensorCore

/// −log of the probability that a sequence of predictions reads as the labels, over all ways to spread these over the
/// steps, with blanks between. Graves et al. 2006. Keras: `CTC`.
///
/// Labels `[batch, length]` of classes from 1, zeros behind the end; predictions `[batch, steps, classes]` are logits, class
/// 0 the blank. Labels that do not fit into the steps have a loss of 708.4 without a gradient: the logarithm of the smallest number, which
/// Keras comes to on TensorFlow.
public struct CTC: Loss {
  public static let kind = "CTC"
  public static let names = ["ctc"]
  public static let template = CTC()

  public var reduction = LossReduction.sumOverBatchSize

  public init() {}

  public func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor {
    guard prediction.rank == 3, targets.rank == 2 else {
      throw CoreError(
        .shapeMismatch,
        "ctc: found targets of shape \(Targets.open(targets.shape)) for predictions \(Targets.open(prediction.shape)), "
          + "expected labels [batch, length] and logits [batch, steps, classes]")
    }
    let labels = try Targets.integers(targets, Self.names[0])
    let classes = prediction.shape.last
    let wrong = labels.withScalars(of: Int64.self) { scalars in scalars.firstIndex { $0 < 0 || $0 >= classes } }
    if let wrong {
      throw CoreError(
        .invalidData,
        "ctc: found label \(labels.scalars(of: Int64.self)[wrong]) at position "
          + "\(Targets.position(wrong, labels.shape)), expected one from 0 to \(classes - 1) for \(classes) classes")
    }
    return labels
  }

  public func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let (batch, steps) = (predictions.shape[0], predictions.shape[1])
    let extended = Self.withBlanks(targets)
    let states = extended.shape[1]
    // [batch, steps, states]: the log probability of each state's label at each step.
    let index = extended.reshaped([batch, 1, states]).broadcast(to: [batch, steps, states])
    let emitted = predictions.logSoftmax().gatheredAlong(index, axis: 2)
    let dtype = emitted.dtype
    let skips = Self.penalty(Self.maySkip(extended), dtype)
    let starts = Self.penalty(
      Tensor.range(0..<states).less(2).reshaped([1, states]).broadcast(to: [batch, states]), dtype)
    var forward = emitted.sliced(axis: 1, 0..<1).squeezed(axis: 1) + starts
    for step in 1..<Swift.max(1, steps) {
      let one = Self.shifted(forward, by: 1)
      let two = Self.shifted(forward, by: 2) + skips
      let arrived = Tensor.stack([forward, one, two], axis: 0).logSumExp(axes: [0])
      forward = arrived + emitted.sliced(axis: 1, step..<step + 1).squeezed(axis: 1)
    }
    // A sequence ends with its last label or the blank behind it.
    let lengths = targets.notEqual(0).cast(to: .int64).sum(axes: [1], keepDims: true)
    let place = Tensor.range(0..<states).reshaped([1, states])
    let isEnd = place.equal(lengths * 2).logicalOr(place.equal(lengths * 2 - 1))
    let values = (forward + Self.penalty(isEnd, dtype)).logSumExp(axes: [1]).negated()
    return LossValues(Tensor.select(values.greater(1e29), Tensor.full([batch], 708.3964, dtype: dtype), values))
  }

  /// Labels with a blank before, between and behind them: `[batch, 2 · length + 1]`.
  private static func withBlanks(_ labels: Tensor) -> Tensor {
    let (batch, length) = (labels.shape[0], labels.shape[1])
    let pairs = Tensor.stack([Tensor.zeros(like: labels), labels], axis: 2).reshaped([batch, 2 * length])
    return pairs.padded(before: [0, 0], after: [0, 1])
  }

  /// Where a path may come from two states before: at a label, not a blank, that differs from the one before.
  private static func maySkip(_ extended: Tensor) -> Tensor {
    let before = extended.padded(before: [0, 2], after: [0, 0], value: -1).sliced(axis: 1, 0..<extended.shape[1])
    return extended.notEqual(0).logicalAnd(extended.notEqual(before))
  }

  /// 0 where a path may go, and a number so low that it does not count elsewhere.
  private static func penalty(_ isAllowed: Tensor, _ dtype: DType) -> Tensor { (1 - isAllowed.cast(to: dtype)) * least }

  private static func shifted(_ values: Tensor, by count: Int) -> Tensor {
    values.padded(before: [0, count], after: [0, 0], value: least).sliced(axis: 1, 0..<values.shape[1])
  }

  private static let least = -1e30
}
