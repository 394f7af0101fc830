import Glibc
import TensorCore
import Testing

@Suite struct ActivateTests {
  typealias Case = (activation: FusableActivation, meaning: @Sendable (Double) -> Double)

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  static func clip(_ x: Double, _ low: Double, _ high: Double) -> Double { min(max(x, low), high) }

  static let cases: [Case] = [
    (.linear, { $0 }), (.relu, { max($0, 0) }), (.relu6, { clip($0, 0, 6) }),
    (.leakyRelu(slope: 0.2), { $0 < 0 ? 0.2 * $0 : $0 }), (.elu(alpha: 1.5), { $0 < 0 ? 1.5 * expm1($0) : $0 }),
    (.selu, { 1.0507009873554805 * ($0 < 0 ? 1.6732632423543772 * expm1($0) : $0) }),
    (.gelu, { 0.5 * $0 * (1 + erf($0 / sqrt(2))) }),
    (.geluTanh, { 0.5 * $0 * (1 + tanh(sqrt(2 / Double.pi) * ($0 + 0.044715 * $0 * $0 * $0))) }),
    (.silu, { $0 * sigmoid($0) }), (.mish, { $0 * tanh(log1p(exp($0))) }), (.softplus, { log1p(exp($0)) }),
    (.softsign, { $0 / (1 + abs($0)) }), (.tanh, { tanh($0) }), (.sigmoid, { sigmoid($0) }),
    (.hardSigmoid, { clip($0 + 3, 0, 6) / 6 }), (.hardSigmoidKeras2, { clip(0.2 * $0 + 0.5, 0, 1) }),
    (.hardSilu, { $0 * clip($0 + 3, 0, 6) / 6 }), (.exponential, { exp($0) }), (.hardTanh, { clip($0, -1, 1) }),
    (.softShrink, { $0 > 0.5 ? $0 - 0.5 : $0 < -0.5 ? $0 + 0.5 : 0 }), (.hardShrink, { abs($0) > 0.5 ? $0 : 0 }),
    (.tanhShrink, { $0 - tanh($0) }), (.squareplus, { ($0 + sqrt($0 * $0 + 4)) / 2 }),
    (.logSigmoid, { -log1p(exp(-$0)) }), (.celu, { $0 < 0 ? expm1($0) : $0 }),
    (.sparsePlus, { $0 <= -1 ? 0 : $0 >= 1 ? $0 : ($0 + 1) * ($0 + 1) / 4 }),
    (.sparseSigmoid, { clip(($0 + 1) / 2, 0, 1) }),
  ]

  /// Off the corners of all of them.
  static let values = (-40..<40).map { Double($0) * 0.17 + 0.013 }

  @Test(arguments: [DType.float32, .float64])
  func everyActivationHasItsMeaning(_ dtype: DType) {
    let x = tensor(Self.values, [80], dtype)
    for c in Self.cases {
      expectClose(x.activated(c.activation), numbers(x).map(c.meaning), [80], within: dtype == .float32 ? 4e-6 : 1e-12)
    }
    #expect(numbers(x.relu()) == numbers(x.activated(.relu)))
  }

  @Test func gradientsAreSlopes() {
    let (x, dy) = (tensor(Self.values, [80], .float64), sample([80], seed: 5))
    for c in Self.cases {
      let h = 1e-6
      let expected = zip(Self.values, numbers(dy)).map { ($1 * (c.meaning($0 + h) - c.meaning($0 - h))) / (2 * h) }
      expectClose(Tensor.apply(ActivateGradient(activation: c.activation), x, dy), expected, [80], within: 1e-7)
      guard c.activation.hasGradientFromOutput else { continue }
      let fromOutput = ActivateGradientFromOutput(activation: c.activation)
      expectClose(Tensor.apply(fromOutput, x.activated(c.activation), dy), expected, [80], within: 1e-7)
      let single = Tensor.apply(
        fromOutput, x.cast(to: .float32).activated(c.activation), dy.cast(to: .float32))
      expectClose(single, expected, [80], within: 1e-4)
    }
  }

  @Test func objections() {
    #expect(objection(Activate(activation: .relu), TensorSpec([2], .int32)).contains("int32[2], expected float32"))
    #expect(
      objection(ActivateGradient(activation: .relu), TensorSpec([2]), TensorSpec([3])).contains(
        "float32[2] and float32[3]"))
    #expect(
      objection(ActivateGradientFromOutput(activation: .gelu), TensorSpec([2]), TensorSpec([2]))
        .contains("does not follow from its value"))
  }
}
