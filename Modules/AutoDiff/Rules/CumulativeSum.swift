public import TensorCore

extension CumulativeSum: DifferentiableOperation {
  /// Every element is in the sums from its own place on: the cumulative sum from the other end.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [p.gradient().cumulativeSum(axis: axis, exclusive: exclusive, reverse: !reverse)]
  }
}
