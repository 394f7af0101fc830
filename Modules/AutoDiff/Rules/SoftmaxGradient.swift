public import TensorCore

extension SoftmaxGradient: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    isLog ? logarithmic(p.inputs[0], p.inputs[1], p) : plain(p.inputs[0], p.inputs[1], p)
  }

  /// dx = y (dy - Σ y dy)
  private func plain(_ y: Tensor, _ dy: Tensor, _ p: Pullback) -> [Tensor?] {
    let g = p.gradient()
    return [
      p.whenNeeded(0) {
        let dot = (y * dy).sum(axes: [axis], keepDims: true)
        return g * (dy - dot) - dy * (g * y).sum(axes: [axis], keepDims: true)
      },
      // The Jacobian is symmetric.
      p.whenNeeded(1) { Tensor.apply(self, y, g) },
    ]
  }

  /// dx = dy - exp(y) Σ dy
  private func logarithmic(_ y: Tensor, _ dy: Tensor, _ p: Pullback) -> [Tensor?] {
    let g = p.gradient()
    let weighted = g * y.exp()
    return [
      p.whenNeeded(0) { (weighted * dy.sum(axes: [axis], keepDims: true)).negated() },
      p.whenNeeded(1) { g - weighted.sum(axes: [axis], keepDims: true) },
    ]
  }
}
