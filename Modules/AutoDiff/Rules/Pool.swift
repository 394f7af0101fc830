public import TensorCore

extension Pool: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    switch kind {
    case .max:
      [
        Tensor.apply(
          MaxPoolGradient(window: window, strides: strides, padding: padding, hasPooled: true), p.inputs[0],
          p.gradient(), p.outputs[0])
      ]
    case .average:
      [
        Tensor.apply(
          AveragePoolGradient(window: window, strides: strides, padding: padding, inputShape: p.inputs[0].shape),
          p.gradient())
      ]
    }
  }
}
