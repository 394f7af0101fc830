public import TensorCore

extension AveragePoolGradient: DifferentiableOperation {
  /// The adjoint of the adjoint is the pooling itself.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [p.gradient().averagePool(window: window, strides: strides, padding: padding)]
  }
}
