public import TensorCore

extension Softmax: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [Tensor.apply(SoftmaxGradient(axis: axis, isLog: false), p.outputs[0], p.gradient())]
  }
}

extension LogSoftmax: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [Tensor.apply(SoftmaxGradient(axis: axis, isLog: true), p.outputs[0], p.gradient())]
  }
}
