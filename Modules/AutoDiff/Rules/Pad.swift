public import TensorCore

extension Pad: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let x = p.inputs[0]
    let end = before.enumerated().map { $1 + x.shape[$0] }
    return [
      Tensor.apply(Slice(begin: before, end: end, strides: before.map { _ in 1 }), p.gradient())
    ]
  }
}
