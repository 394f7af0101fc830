public import TensorCore

extension Select: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (condition, g) = (p.inputs[0], p.gradient())
    let zeros = Tensor.zeros(like: g)
    return [
      nil,
      p.whenNeeded(1) { Tensor.select(condition, g, zeros).sumToShape(p.inputs[1].shape) },
      p.whenNeeded(2) { Tensor.select(condition, zeros, g).sumToShape(p.inputs[2].shape) },
    ]
  }
}
