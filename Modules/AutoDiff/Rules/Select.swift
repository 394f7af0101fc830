public import TensorCore

extension Select: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (condition, g) = (p.inputs[0], p.gradient())
    let zero = Tensor.zeros([], dtype: g.dtype)
    return [
      nil,
      p.whenNeeded(1) { Tensor.select(condition, g, zero).sumToShape(p.inputs[1].shape) },
      p.whenNeeded(2) { Tensor.select(condition, zero, g).sumToShape(p.inputs[2].shape) },
    ]
  }
}
