public import TensorCore

extension MaxPoolGradient: DifferentiableOperation {
  /// Linear in the output's gradient: its adjoint reads at the maxima. Where they lie is locally constant in x.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [
      nil,
      p.whenNeeded(1) {
        Tensor.apply(
          MaxPoolGather(window: window, strides: strides, padding: padding), p.inputs[0], p.gradient())
      },
    ] + (hasPooled ? [nil] : [])
  }
}

extension MaxPoolGather: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [
      nil,
      p.whenNeeded(1) {
        Tensor.apply(
          MaxPoolGradient(window: window, strides: strides, padding: padding), p.inputs[0], p.gradient())
      },
    ]
  }
}
