internal import TensorCore

/// The slopes of the activations in tensor algebra, from which all derivatives beyond the first follow: kernels exist for
/// first derivatives only (`ActivateGradient`), and the rule of those differentiates what stands here. Constant slopes
/// need no entry of their own beyond `isPiecewiseLinear`.
extension FusableActivation {
  /// Whether the slope is constant between kinks, so that second derivatives are zero.
  var isPiecewiseLinear: Bool {
    switch self {
    case .linear, .relu, .relu6, .leakyRelu, .hardSigmoid, .hardSigmoidKeras2, .hardTanh, .softShrink, .hardShrink,
      .sparseSigmoid:
      true
    default: false
    }
  }

  /// f'(x) for an activation whose slope is not constant.
  func slope(_ x: Tensor) -> Tensor {
    switch self {
    case .linear, .relu, .relu6, .leakyRelu, .hardSigmoid, .hardSigmoidKeras2, .hardTanh, .softShrink, .hardShrink,
      .sparseSigmoid:
      CoreError(.notDifferentiable, "the slope of \(self) is constant").trap()
    case .elu(let alpha): return exponentialBelowZero(x, scale: alpha, above: 1)
    case .selu: return exponentialBelowZero(x, scale: Self.seluScale * Self.seluAlpha, above: Self.seluScale)
    case .celu: return exponentialBelowZero(x, scale: 1, above: 1)
    case .gelu: return Self.geluSlope(x)
    case .geluTanh: return Self.geluTanhSlope(x)
    case .silu:
      let s = x.sigmoid()
      return s + x * s * (1 - s)
    case .mish:
      let t = x.softplus().tanh()
      return t + x * x.sigmoid() * (1 - t.square())
    case .softplus, .tanh, .sigmoid, .exponential, .logSigmoid, .softsign, .squareplus, .tanhShrink:
      return smoothSlope(x)
    case .hardSilu: return ramp(x, from: -3, to: 3) { ($0 * 2 + 3) / 6 }
    case .sparsePlus: return ramp(x, from: -1, to: 1) { ($0 + 1) / 2 }
    }
  }

  /// f'(x) as a function of y = f(x), for activations that have one (`hasGradientFromOutput`) and curve.
  func slopeFromOutput(_ y: Tensor) -> Tensor {
    switch self {
    case .elu(let alpha): Tensor.select(y.greater(0), Tensor.ones([], dtype: y.dtype), y + alpha)
    case .selu:
      Tensor.select(
        y.greater(0), Tensor.full([], Self.seluScale, dtype: y.dtype), y + Self.seluScale * Self.seluAlpha)
    case .celu: Tensor.select(y.greater(0), Tensor.ones([], dtype: y.dtype), y + 1)
    case .softplus: 1 - y.negated().exp()
    case .tanh: 1 - y.square()
    case .sigmoid: y * (1 - y)
    case .exponential: y
    default: CoreError(.notDifferentiable, "the slope of \(self) does not follow from its value").trap()
    }
  }

  private static let seluAlpha = 1.6732632423543772848170429916717
  private static let seluScale = 1.0507009873554804934193349852946

  /// Slopes with one formula everywhere.
  private func smoothSlope(_ x: Tensor) -> Tensor {
    switch self {
    case .softplus: x.sigmoid()
    case .tanh: 1 - x.tanh().square()
    case .sigmoid: x.sigmoid() * (1 - x.sigmoid())
    case .exponential: x.exp()
    case .logSigmoid: x.negated().sigmoid()
    case .softsign: (x.abs() + 1).square().reciprocal()
    case .squareplus: (x * (x.square() + 4).rsqrt() + 1) / 2
    default: x.tanh().square()  // tanhShrink
    }
  }

  /// `above` for x > 0, `scale` · exp(x) elsewhere. The exponent is capped, so that the branch that is not
  /// taken cannot overflow.
  private func exponentialBelowZero(_ x: Tensor, scale: Double, above: Double) -> Tensor {
    let below = x.minimum(0).exp() * scale
    return Tensor.select(x.greater(0), Tensor.full([], above, dtype: x.dtype), below)
  }

  /// 0 up to `low`, 1 from `high` on, `middle` between.
  private func ramp(_ x: Tensor, from low: Double, to high: Double, _ middle: (Tensor) -> Tensor) -> Tensor {
    let upper = Tensor.select(x.less(high), middle(x), Tensor.ones([], dtype: x.dtype))
    return Tensor.select(x.greater(low), upper, Tensor.zeros([], dtype: x.dtype))
  }

  /// Φ(x) + x φ(x)
  private static func geluSlope(_ x: Tensor) -> Tensor {
    let cumulative = ((x * 0.5.squareRoot()).erf() + 1) * 0.5
    return cumulative + x * (x.square() * -0.5).exp() * (1 / (2 * Double.pi).squareRoot())
  }

  private static func geluTanhSlope(_ x: Tensor) -> Tensor {
    let (factor, cubic) = ((2 / Double.pi).squareRoot(), 0.044715)
    let t = ((x + x * x.square() * cubic) * factor).tanh()
    let inner = (x.square() * (3 * cubic) + 1) * factor
    return (t + 1) * 0.5 + x * (1 - t.square()) * inner * 0.5
  }
}
