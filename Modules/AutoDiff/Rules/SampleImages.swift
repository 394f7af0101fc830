public import TensorCore

extension SampleImages: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (images, x, y) = (p.inputs[0], p.inputs[1], p.inputs[2])
    let gradient = SampleImagesGradient(self, height: images.shape[1], width: images.shape[2])
    return [p.whenNeeded(0) { Tensor.apply(gradient, x, y, p.gradient()) }, nil, nil]
  }
}

extension SampleImagesGradient: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    var linear = sampling
    linear.fillValue = 0
    return [nil, nil, p.whenNeeded(2) { p.gradient().sampled(x: p.inputs[0], y: p.inputs[1], linear) }]
  }
}
