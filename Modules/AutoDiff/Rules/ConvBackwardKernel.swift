public import TensorCore

extension ConvBackwardKernel: DifferentiableOperation {
  /// Bilinear in the input and the output's gradient; `g` has the shape of a kernel and is used as one.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, dy, g) = (p.inputs[0], p.inputs[1], p.gradient())
    return [
      p.whenNeeded(0) {
        Tensor.apply(
          ConvBackwardInput(
            strides: strides, padding: padding, dilation: dilation, groups: groups, inputShape: x.shape), dy, g)
      },
      p.whenNeeded(1) { x.conv(g, strides: strides, padding: padding, dilation: dilation, groups: groups) },
    ]
  }
}
