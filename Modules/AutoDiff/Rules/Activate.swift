public import TensorCore

extension Activate: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { [p.gradientBefore(activation) { p.inputs[0] }] }
}

extension ActivateGradient: DifferentiableOperation {
  /// dx = f'(x) dy is linear in dy; for x, the slope in tensor algebra is differentiated.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, dy, g) = (p.inputs[0], p.inputs[1], p.gradient())
    return [
      activation.isPiecewiseLinear ? nil : p.whenNeeded(0) { derivative(of: activation.slope, at: x, g * dy) },
      p.whenNeeded(1) { Tensor.apply(self, x, g) },
    ]
  }
}

extension ActivateGradientFromOutput: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (y, dy, g) = (p.inputs[0], p.inputs[1], p.gradient())
    return [
      activation.isPiecewiseLinear
        ? nil : p.whenNeeded(0) { derivative(of: activation.slopeFromOutput, at: y, g * dy) },
      p.whenNeeded(1) { Tensor.apply(self, y, g) },
    ]
  }
}

extension Pullback {
  /// The gradient before the epilogue `activation` of output 0: from the output where that determines the slope, else
  /// from the pre-activation, which `preactivation` computes again.
  func gradientBefore(_ activation: FusableActivation, _ preactivation: () -> Tensor) -> Tensor {
    if activation == .linear { return gradient() }
    if activation.hasGradientFromOutput {
      return Tensor.apply(ActivateGradientFromOutput(activation: activation), outputs[0], gradient())
    }
    return Tensor.apply(ActivateGradient(activation: activation), preactivation(), gradient())
  }
}

/// The gradient of x ↦ Σ cotangent f(x).
private func derivative(of f: (Tensor) -> Tensor, at x: Tensor, _ cotangent: Tensor) -> Tensor {
  vectorJacobianProduct(at: [x]) { [f($0[0])] }.pullback([cotangent])[0]
}
