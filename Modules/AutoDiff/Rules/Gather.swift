public import TensorCore

extension Gather: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (table, indices) = (p.inputs[0], p.inputs[1])
    return [
      p.whenNeeded(0) { Tensor.apply(ScatterAdd(axis: axis, size: table.shape[axis]), indices, p.gradient()) }, nil,
    ]
  }
}

extension GatherAlong: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, indices) = (p.inputs[0], p.inputs[1])
    return [
      p.whenNeeded(0) { Tensor.apply(ScatterAddAlong(axis: axis, size: x.shape[axis]), indices, p.gradient()) }, nil,
    ]
  }
}
