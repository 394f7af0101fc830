public import TensorCore

extension Slice: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [
      Tensor.apply(
        SliceGradient(begin: begin, end: end, strides: strides, inputShape: p.inputs[0].shape), p.gradient())
    ]
  }
}

extension SliceGradient: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [Tensor.apply(Slice(begin: begin, end: end, strides: strides), p.gradient())]
  }
}
