public import TensorCore

extension Conv: DifferentiableOperation {
  /// The two adjoints of the convolution are operations of their own; the bias gets the sum over batch and space,
  /// the residual the gradient before the activation itself.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, kernel) = (p.inputs[0], p.inputs[1])
    let g = p.gradientBefore(activation) {
      x.conv(
        kernel, biasIndex.map { p.inputs[$0] }, strides: strides, padding: padding, dilation: dilation, groups: groups,
        residual: residualIndex.map { p.inputs[$0] })
    }
    let dx = p.whenNeeded(0) {
      Tensor.apply(
        ConvBackwardInput(
          strides: strides, padding: padding, dilation: dilation, groups: groups, inputShape: x.shape), g, kernel)
    }
    let dKernel = p.whenNeeded(1) {
      Tensor.apply(
        ConvBackwardKernel(
          strides: strides, padding: padding, dilation: dilation, groups: groups, kernelShape: kernel.shape), x, g)
    }
    let spatialAxes = Array(0..<g.rank - 1)
    let dBias = hasBias ? [p.whenNeeded(2) { g.sum(axes: spatialAxes) }] : []
    return [dx, dKernel] + dBias + (hasResidual ? [g] : [])
  }
}
