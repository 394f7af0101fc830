import Glibc
import TensorCore
import Testing

@Suite struct UnaryTests {
  typealias Case = (op: UnaryFunction, meaning: @Sendable (Double) -> Double)

  static let cases: [Case] = [
    (.neg, { -$0 }), (.abs, { abs($0) }), (.sign, { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }), (.exp, { exp($0) }),
    (.expm1, { expm1($0) }), (.log, { log($0) }), (.log1p, { log1p($0) }), (.sqrt, { sqrt($0) }),
    (.rsqrt, { 1 / sqrt($0) }), (.reciprocal, { 1 / $0 }), (.square, { $0 * $0 }), (.sin, { sin($0) }),
    (.cos, { cos($0) }), (.tan, { tan($0) }), (.tanh, { tanh($0) }), (.sigmoid, { 1 / (1 + exp(-$0)) }),
    (.erf, { erf($0) }), (.floor, { floor($0) }), (.ceil, { ceil($0) }), (.round, { rint($0) }),
    (.softplus, { $0 > 30 ? $0 : log1p(exp($0)) }),
  ]

  @Test(arguments: [DType.float32, .float64])
  func everyFunctionHasItsMeaning(_ dtype: DType) {
    let values = sampleValues(77) + [0, 0.5, 1.5, 2.5, -0.5, 20, -20, 60, .infinity, -.infinity, .nan]
    for c in Self.cases {
      let found = Tensor.apply(Unary(op: c.op), tensor(values, [values.count], dtype))
      expectClose(found, values.map(c.meaning), [values.count], within: dtype == .float32 ? 2e-6 : 1e-13)
    }
    let covered = Set(Self.cases.map(\.op))
    #expect(UnaryFunction.allCases.allSatisfy { covered.contains($0) || $0 == .logicalNot })
  }

  @Test(arguments: [DType.int32, .int64, .uint8])
  func integersKeepTheirType(_ dtype: DType) {
    let values: [Double] = dtype == .uint8 ? [0, 1, 7, 15] : [-3, -1, 0, 1, 7, 15]
    let x = tensor(values, [values.count], dtype)
    #expect(numbers(x.square()) == values.map { $0 * $0 })
    #expect(numbers(x.sign()) == values.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 })
    for same in [x.floor(), x.ceil(), x.rounded()] { #expect(numbers(same) == values) }
    #expect(numbers(x.abs()) == values.map(abs))
    #expect(x.negated().dtype == dtype)
    #expect(numbers(-x + x) == values.map { _ in 0 })
  }

  @Test func emptyAndScalarTensorsPass() {
    #expect(Tensor.zeros([0, 3]).exp().shape == [0, 3])
    #expect(Tensor(Float(0)).exp().scalar(of: Float.self) == 1)
    #expect(Tensor([true, false]).logicalNot().scalars(of: Bool.self) == [false, true])
  }

  @Test func objectionsNameFunctionAndType() {
    #expect(objection(Unary(op: .exp), TensorSpec([2], .int32)).hasPrefix("exp: found int32[2], expected float32"))
    #expect(objection(Unary(op: .neg), TensorSpec([2], .bool)).hasPrefix("neg: found bool[2]"))
    #expect(objection(Unary(op: .logicalNot), TensorSpec([2])).hasPrefix("logicalNot: found float32[2], expected bool"))
    #expect(objection(Unary(op: .exp), TensorSpec([2], .float16)).contains("cast"))
  }
}
