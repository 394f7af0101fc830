public import TensorCore

extension BatchNormTraining: DifferentiableOperation {
  /// The normalized output's gradients by the fused operation, plus what reaches x through the two moments. The residual's
  /// is the gradient before the activation itself.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, gamma, mean, variance) = (p.inputs[0], p.inputs[1], p.outputs[1], p.outputs[2])
    var gradients = [Tensor?](repeating: nil, count: p.inputs.count)
    if p.outputGradients[0] != nil {
      let dy = p.gradientBefore(activation) { p.outputs[0] }
      let inverse = (variance + epsilon).rsqrt()
      gradients = Tensor.apply(BatchNormGradient(), [x, dy, mean, inverse, gamma]) + (hasResidual ? [dy] : [])
    }
    if p.needs[0], let ofMoments = Moments.gradient(of: x, mean: mean, p.outputGradients[1], p.outputGradients[2]) {
      gradients[0] = gradients[0].map { $0 + ofMoments } ?? ofMoments
    }
    return gradients
  }
}

extension BatchNormGradient: DifferentiableOperation {
  /// Second derivatives of batch normalization are rare: the same formula in tensor algebra, differentiated.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (_, pull) = vectorJacobianProduct(at: p.inputs) { BatchNormGradient.composition($0) }
    return pull((0..<3).map { p.gradient($0) })
  }

  /// What the operation computes, with mean and inverse deviation as inputs in their own right.
  private static func composition(_ inputs: [Tensor]) -> [Tensor] {
    let (x, dy, mean, inverse, gamma) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    let rowAxes = Array(0..<x.rank - 1)
    let normalized = (x - mean) * inverse
    let dGamma = (dy * normalized).sum(axes: rowAxes)
    let dBeta = dy.sum(axes: rowAxes)
    let share = 1 / Double(max(1, x.elementCount / max(1, x.shape.last)))
    let dx = (gamma * inverse) * (dy - dBeta * share - normalized * (dGamma * share))
    return [dx, dGamma, dBeta]
  }
}
