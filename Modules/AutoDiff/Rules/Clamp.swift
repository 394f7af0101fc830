public import TensorCore

extension Clamp: DifferentiableOperation {
  /// The gradient passes between the bounds, the bounds included, as in TensorFlow.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, g) = (p.inputs[0], p.gradient())
    let passes = x.greaterOrEqual(low).logicalAnd(x.lessOrEqual(high))
    return [Tensor.select(passes, g, Tensor.zeros([], dtype: g.dtype))]
  }
}
