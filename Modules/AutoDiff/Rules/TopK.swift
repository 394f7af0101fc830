public import TensorCore

extension TopK: DifferentiableOperation {
  /// Each value's gradient goes back to where the value came from. The indices have none.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let x = p.inputs[0]
    return [Tensor.apply(ScatterAddAlong(axis: x.rank - 1, size: x.shape.last), p.outputs[1], p.gradient())]
  }
}
