import CKernels
import Glibc
import Testing

@Suite struct UnaryTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let op: ck_unary
    let bound: Double
    /// In double precision.
    var wideBound = 4.0
    let reference: @Sendable (Double) -> Double
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "neg", op: CK_UNARY_NEG, bound: 0) { -$0 },
    Case(name: "abs", op: CK_UNARY_ABS, bound: 0) { abs($0) },
    Case(name: "sign", op: CK_UNARY_SIGN, bound: 0) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
    Case(name: "exp", op: CK_UNARY_EXP, bound: 1) { exp($0) },
    Case(name: "expm1", op: CK_UNARY_EXPM1, bound: 1.5) { expm1($0) },
    Case(name: "log", op: CK_UNARY_LOG, bound: 1) { log($0) },
    Case(name: "log1p", op: CK_UNARY_LOG1P, bound: 1.5) { log1p($0) },
    Case(name: "log2", op: CK_UNARY_LOG2, bound: 0.51) { log2($0) },
    Case(name: "log10", op: CK_UNARY_LOG10, bound: 0.51) { log10($0) },
    Case(name: "sqrt", op: CK_UNARY_SQRT, bound: 0.51) { $0.squareRoot() },
    Case(name: "rsqrt", op: CK_UNARY_RSQRT, bound: 1.5) { 1 / $0.squareRoot() },
    Case(name: "reciprocal", op: CK_UNARY_RECIPROCAL, bound: 0.51) { 1 / $0 },
    Case(name: "square", op: CK_UNARY_SQUARE, bound: 0.51) { $0 * $0 },
    Case(name: "sin", op: CK_UNARY_SIN, bound: 0.6) { sin($0) },
    Case(name: "cos", op: CK_UNARY_COS, bound: 0.6) { cos($0) },
    Case(name: "tan", op: CK_UNARY_TAN, bound: 1) { tan($0) },
    Case(name: "asin", op: CK_UNARY_ASIN, bound: 0.51) { asin($0) },
    Case(name: "acos", op: CK_UNARY_ACOS, bound: 0.51) { acos($0) },
    Case(name: "atan", op: CK_UNARY_ATAN, bound: 0.51) { atan($0) },
    Case(name: "sinh", op: CK_UNARY_SINH, bound: 0.51) { sinh($0) },
    Case(name: "cosh", op: CK_UNARY_COSH, bound: 0.51) { cosh($0) },
    Case(name: "tanh", op: CK_UNARY_TANH, bound: 2.5) { tanh($0) },
    Case(name: "asinh", op: CK_UNARY_ASINH, bound: 0.51) { asinh($0) },
    Case(name: "acosh", op: CK_UNARY_ACOSH, bound: 0.51) { acosh($0) },
    Case(name: "atanh", op: CK_UNARY_ATANH, bound: 0.51) { atanh($0) },
    Case(name: "sigmoid", op: CK_UNARY_SIGMOID, bound: 2.5) { UnaryTests.sigmoid($0) },
    Case(name: "softplus", op: CK_UNARY_SOFTPLUS, bound: 2.5) { max($0, 0) + log1p(exp(-abs($0))) },
    Case(name: "log_sigmoid", op: CK_UNARY_LOG_SIGMOID, bound: 2.5) { -(max(-$0, 0) + log1p(exp(-abs($0)))) },
    Case(name: "erf", op: CK_UNARY_ERF, bound: 1.5) { erf($0) },
    Case(name: "erfc", op: CK_UNARY_ERFC, bound: 5.5, wideBound: 6) { erfc($0) },
    Case(name: "floor", op: CK_UNARY_FLOOR, bound: 0) { floor($0) },
    Case(name: "ceil", op: CK_UNARY_CEIL, bound: 0) { ceil($0) },
    Case(name: "round", op: CK_UNARY_ROUND, bound: 0) { $0.rounded(.toNearestOrEven) },
    Case(name: "trunc", op: CK_UNARY_TRUNC, bound: 0) { trunc($0) },
  ]

  static func sigmoid(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }

  @Test("float stays within its bound of ulps over all magnitudes", arguments: cases)
  func floatAccuracy(_ test: Case) {
    let x = Samples.allFloats + Samples.moderate
    let y = output(x.count, of: Float(0)) { ck_unary_f32(test.op, x, $0, x.count, 1) }
    var worst = 0.0
    var worstInput = Float(0)
    for (input, value) in zip(x, y) {
      let error = Samples.ulps(value, test.reference(Double(input)))
      if error > worst { (worst, worstInput) = (error, input) }
    }
    #expect(worst <= test.bound, "\(test.name)(\(worstInput)) is \(worst) ulp off")
  }

  @Test("powers stay within their bound, and are C's for special values")
  func powers() {
    let special: [Float] = [
      0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -1.5, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
      -.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 8_388_609, 16_777_215, 16_777_216,
      1e30,
    ]
    var x: [Float] = [], y: [Float] = []
    for base in special { for exponent in special { (x, y) = (x + [base], y + [exponent]) } }
    let bases = Samples.allFloats
    for (i, base) in bases.enumerated() {
      x += [base, abs(base)]
      y += [Float(i % 41 - 20), Float(i % 4001 - 2000) / 1000]
    }
    let dims = [x.count], strides = [1]
    let z = output(x.count, of: Float(0)) { ck_binary_f32(CK_BINARY_POW, x, strides, y, strides, $0, dims, 1, 2) }
    var worst = 0.0, signs = 0
    for i in x.indices {
      let expected = pow(Double(x[i]), Double(y[i]))
      worst = max(worst, Samples.ulps(z[i], expected))
      if !expected.isNaN && z[i].sign != expected.sign { signs += 1 }
    }
    #expect(worst <= 0.51 && signs == 0)
  }

  @Test("double agrees with libm", arguments: cases)
  func doubleAccuracy(_ test: Case) {
    let special = [
      0, -0.0, .infinity, -.infinity, .nan, 1e300, -1e300, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0x1p-1030,
      1e-17,
      -1e-17, 1, -1, 709.78, 709.79, -745.1, -745.2, .greatestFiniteMagnitude, .leastNormalMagnitude, 26.5, 27.3, -38.4,
    ]
    let x = Samples.moderate.map(Double.init) + special + Samples.random(4000, in: -700...700)
    let y = output(x.count, of: 0.0) { ck_unary_f64(test.op, x, $0, x.count, 2) }
    for (input, value) in zip(x, y) {
      let expected = test.reference(input)
      let same = value == expected || (value.isNaN && expected.isNaN)
      #expect(
        same || abs(value - expected) <= test.wideBound * expected.ulp,
        "\(test.name)(\(input)) = \(value), not \(expected)")
    }
  }

  @Test(
    "zeros keep their sign",
    arguments: [
      "expm1", "log1p", "tanh", "erf", "neg", "sqrt", "floor", "round", "asin", "atan", "asinh", "atanh",
    ])
  func signedZero(_ name: String) throws {
    let test = try #require(Self.cases.first { $0.name == name })
    let x: [Float] = [0, -0.0]
    let y = output(2, of: Float(1)) { ck_unary_f32(test.op, x, $0, 2, 1) }
    #expect(y[0].sign == test.reference(0).sign && y[1].sign == test.reference(-0.0).sign)
  }

  @Test("in place, and on two threads, gives the same bits", arguments: cases)
  func inPlaceAndThreads(_ test: Case) {
    let x = Samples.randomFloats(100_003, in: -20...20)
    let serial = output(x.count, of: Float(0)) { ck_unary_f32(test.op, x, $0, x.count, 1) }
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { ck_unary_f32(test.op, base, base, x.count, 2) }
    }
    #expect(serial.map(\.bitPattern) == inPlace.map(\.bitPattern))
  }

  @Test func integersWrap() {
    let x: [Int32] = [.min, -3, 0, 5, 70000]
    let apply = { (op: ck_unary) in output(5, of: Int32(0)) { #expect(ck_unary_i32(op, x, $0, 5, 1) == 1) } }
    #expect(apply(CK_UNARY_NEG) == [.min, 3, 0, -5, -70000])
    #expect(apply(CK_UNARY_ABS) == [.min, 3, 0, 5, 70000])
    #expect(apply(CK_UNARY_SIGN) == [-1, -1, 0, 1, 1])
    #expect(apply(CK_UNARY_SQUARE) == [0, 9, 0, 25, 605_032_704])
    #expect(apply(CK_UNARY_ROUND) == x)
    var y = [Int32](repeating: 0, count: 5)
    #expect(ck_unary_i32(CK_UNARY_EXP, x, &y, 5, 1) == 0)
  }

  @Test func predicatesClipAndAffine() {
    let x: [Float] = [.nan, .infinity, -.infinity, 0, 3, -3]
    let holds = { (op: ck_predicate) in output(6, of: UInt8(9)) { ck_predicate_f32(op, x, $0, 6, 1) } }
    #expect(holds(CK_IS_NAN) == [1, 0, 0, 0, 0, 0])
    #expect(holds(CK_IS_INF) == [0, 1, 1, 0, 0, 0])
    #expect(holds(CK_IS_FINITE) == [0, 0, 0, 1, 1, 1])
    let clipped = output(6, of: Float(0)) { ck_clip_f32(x, -1, 2, $0, 6, 1) }
    #expect(clipped[0].isNaN && Array(clipped[1...]) == [2, -1, 0, 2, -1])
    let affine = output(3, of: 0.0) { ck_affine_f64([1, 2, 3], 2, 1, $0, 3, 1) }
    #expect(affine == [3, 5, 7])
  }
}
