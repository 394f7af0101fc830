public import TensorCore

extension ConvBackwardInput: DifferentiableOperation {
  /// Bilinear in the output's gradient and the kernel: the first gets the convolution itself, the second its adjoint.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (dy, kernel, g) = (p.inputs[0], p.inputs[1], p.gradient())
    return [
      p.whenNeeded(0) { g.conv(kernel, strides: strides, padding: padding, dilation: dilation, groups: groups) },
      p.whenNeeded(1) {
        Tensor.apply(
          ConvBackwardKernel(
            strides: strides, padding: padding, dilation: dilation, groups: groups, kernelShape: kernel.shape), g, dy)
      },
    ]
  }
}
