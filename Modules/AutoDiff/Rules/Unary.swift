public import TensorCore

extension Unary: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, y, g) = (p.inputs[0], p.outputs[0], p.gradient())
    switch op {
    case .neg: return [g.negated()]
    case .abs: return [g * x.sign()]
    case .sign, .floor, .ceil, .round, .logicalNot: return [nil]
    case .exp: return [g * y]
    case .expm1: return [g * (y + 1)]
    case .log: return [g / x]
    case .log1p: return [g / (x + 1)]
    case .sqrt: return [g / (y * 2)]
    case .rsqrt: return [g * y * y.square() * -0.5]
    case .reciprocal: return [(g * y.square()).negated()]
    case .square: return [g * x * 2]
    case .sin: return [g * x.cos()]
    case .cos: return [(g * x.sin()).negated()]
    case .tan: return [g * (y.square() + 1)]
    // One pass each: the kernels of the activations of the same name.
    case .tanh: return [Tensor.apply(ActivateGradientFromOutput(activation: .tanh), y, g)]
    case .sigmoid: return [Tensor.apply(ActivateGradientFromOutput(activation: .sigmoid), y, g)]
    case .erf: return [g * x.square().negated().exp() * (2 / Double.pi.squareRoot())]
    case .softplus: return [g * x.sigmoid()]
    }
  }
}
