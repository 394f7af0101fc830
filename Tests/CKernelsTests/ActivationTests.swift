import CKernels
import Glibc
import Testing

@Suite struct ActivationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let act: ck_activation
    var alpha = 0.3
    /// Absolute-relative error allowed in single precision: |error| <= bound * max(|expected|, |x|, 1).
    var bound = 4e-7
    /// Inputs at which the slope jumps.
    var kinks: [Double] = []
    let value: @Sendable (Double) -> Double
    var testDescription: String { name }
  }

  static func sigmoid(_ x: Double) -> Double { UnaryTests.sigmoid(x) }
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  static func clip(_ x: Double, _ low: Double, _ high: Double) -> Double { min(max(x, low), high) }
  static let scale = 1.0507009873554805
  static let seluAlpha = 1.6732632423543772

  static let cases: [Case] = [
    Case(name: "linear", act: CK_ACTIVATION_LINEAR) { $0 },
    Case(name: "relu", act: CK_ACTIVATION_RELU, kinks: [0]) { max($0, 0) },
    Case(name: "relu6", act: CK_ACTIVATION_RELU6, kinks: [0, 6]) { clip($0, 0, 6) },
    Case(name: "leaky_relu", act: CK_ACTIVATION_LEAKY_RELU, kinks: [0]) { $0 > 0 ? $0 : 0.3 * $0 },
    Case(name: "elu", act: CK_ACTIVATION_ELU, kinks: [0]) { $0 > 0 ? $0 : 0.3 * expm1($0) },
    Case(name: "selu", act: CK_ACTIVATION_SELU, kinks: [0]) { scale * ($0 > 0 ? $0 : seluAlpha * expm1($0)) },
    Case(name: "celu", act: CK_ACTIVATION_CELU, kinks: [0]) { max($0, 0) + min(0, 0.3 * expm1($0 / 0.3)) },
    Case(name: "gelu", act: CK_ACTIVATION_GELU) { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) },
    Case(name: "gelu_tanh", act: CK_ACTIVATION_GELU_TANH) {
      0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
    },
    Case(name: "silu", act: CK_ACTIVATION_SILU) { $0 * sigmoid($0) },
    Case(name: "mish", act: CK_ACTIVATION_MISH) { $0 * tanh(softplus($0)) },
    Case(name: "softplus", act: CK_ACTIVATION_SOFTPLUS) { softplus($0) },
    Case(name: "softsign", act: CK_ACTIVATION_SOFTSIGN) { $0 / (1 + abs($0)) },
    Case(name: "tanh", act: CK_ACTIVATION_TANH) { tanh($0) },
    Case(name: "sigmoid", act: CK_ACTIVATION_SIGMOID) { sigmoid($0) },
    Case(name: "hard_sigmoid", act: CK_ACTIVATION_HARD_SIGMOID, kinks: [-3, 3]) { clip($0 + 3, 0, 6) / 6 },
    Case(name: "hard_sigmoid of Keras 2", act: CK_ACTIVATION_HARD_SIGMOID_KERAS2, kinks: [-2.5, 2.5]) {
      clip(0.2 * $0 + 0.5, 0, 1)
    },
    Case(name: "hard_silu", act: CK_ACTIVATION_HARD_SILU, kinks: [-3, 3]) { $0 * clip($0 + 3, 0, 6) / 6 },
    Case(name: "exponential", act: CK_ACTIVATION_EXPONENTIAL) { exp($0) },
    Case(name: "hard_tanh", act: CK_ACTIVATION_HARD_TANH, kinks: [-1, 1]) { clip($0, -1, 1) },
    Case(name: "hard_shrink", act: CK_ACTIVATION_HARD_SHRINK, kinks: [-0.5, 0.5]) { abs($0) > 0.5 ? $0 : 0 },
    Case(name: "soft_shrink", act: CK_ACTIVATION_SOFT_SHRINK, kinks: [-0.5, 0.5]) {
      $0 > 0.5 ? $0 - 0.5 : $0 < -0.5 ? $0 + 0.5 : 0
    },
    Case(name: "tanh_shrink", act: CK_ACTIVATION_TANH_SHRINK) { $0 - tanh($0) },
    Case(name: "squareplus", act: CK_ACTIVATION_SQUAREPLUS) { ($0 + ($0 * $0 + 4).squareRoot()) / 2 },
    Case(name: "log_sigmoid", act: CK_ACTIVATION_LOG_SIGMOID) { -softplus(-$0) },
    Case(name: "sparse_plus", act: CK_ACTIVATION_SPARSE_PLUS, kinks: [-1, 1]) {
      $0 <= -1 ? 0 : $0 >= 1 ? $0 : ($0 + 1) * ($0 + 1) / 4
    },
    Case(name: "sparse_sigmoid", act: CK_ACTIVATION_SPARSE_SIGMOID, kinks: [-1, 1]) { clip(($0 + 1) / 2, 0, 1) },
  ]

  @Test("values in single and double precision", arguments: cases)
  func values(_ test: Case) {
    let x = Samples.moderate
    let wide = x.map(Double.init)
    let y = output(x.count, of: Float(0)) { ck_activation_f32(test.act, Float(test.alpha), x, $0, x.count, 2) }
    let z = output(x.count, of: 0.0) { ck_activation_f64(test.act, test.alpha, wide, $0, x.count, 1) }
    for i in x.indices where !test.kinks.contains(where: { abs($0 - wide[i]) < 1e-6 }) {
      let expected = test.value(wide[i])
      let size = max(abs(expected), abs(wide[i]), 1)
      #expect(abs(Double(y[i]) - expected) <= test.bound * size, "f32 \(test.name)(\(x[i])) = \(y[i]), not \(expected)")
      #expect(abs(z[i] - expected) <= 1e-14 * size, "f64 \(test.name)(\(x[i])) = \(z[i]), not \(expected)")
    }
  }

  /// Bounds for the smooth activations: in ulps of the true value, or where the function comes from a difference or falls
  /// off steeply, of that or of a 1024th of the input, whichever is larger.
  static let exactness: [(name: String, bound: Double, isRelativeToInput: Bool)] = [
    ("elu", 2, false), ("selu", 2, false), ("celu", 2, false), ("gelu", 6.5, false), ("gelu", 3, true),
    ("silu", 3, false), ("softsign", 2, false), ("hard_silu", 2, false), ("sparse_plus", 2, false),
    ("gelu_tanh", 8.5, true), ("mish", 2.5, true), ("squareplus", 2, true),
  ]

  @Test("smooth activations stay within their bounds of ulps over all magnitudes", arguments: exactness.indices)
  func ulpBounds(_ index: Int) throws {
    let (name, bound, isRelativeToInput) = Self.exactness[index]
    let test = try #require(Self.exactCases[name])
    let x = (Samples.allFloats + Samples.moderate).filter { abs($0) < 1e38 && (!isRelativeToInput || abs($0) > 1e-30) }
    let y = output(x.count, of: Float(0)) { ck_activation_f32(test.act, 0.3, x, $0, x.count, 1) }
    var worst = 0.0
    var worstInput = Float(0)
    for (input, value) in zip(x, y) {
      let expected = test.value(Double(input))
      var error = Samples.ulps(value, expected)
      if isRelativeToInput {
        error = abs(Double(value) - expected) / (max(abs(expected), abs(Double(input)) / 1024) * 0x1p-23)
      }
      if error > worst { (worst, worstInput) = (error, input) }
    }
    #expect(worst <= bound, "\(name)(\(worstInput)) is \(worst) ulp off")
  }

  /// Definitions without cancellation.
  static let exactCases: [String: (act: ck_activation, value: @Sendable (Double) -> Double)] = [
    "elu": (CK_ACTIVATION_ELU, { $0 > 0 ? $0 : Double(Float(0.3)) * expm1($0) }),
    "selu": (CK_ACTIVATION_SELU, { scale * ($0 > 0 ? $0 : seluAlpha * expm1($0)) }),
    "celu": (CK_ACTIVATION_CELU, { $0 > 0 ? $0 : Double(Float(0.3)) * expm1($0 / Double(Float(0.3))) }),
    "gelu": (CK_ACTIVATION_GELU, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
    "silu": (CK_ACTIVATION_SILU, { $0 * sigmoid($0) }),
    "softsign": (CK_ACTIVATION_SOFTSIGN, { $0 / (1 + abs($0)) }),
    "hard_silu": (CK_ACTIVATION_HARD_SILU, { $0 * clip($0 + 3, 0, 6) / 6 }),
    "sparse_plus": (CK_ACTIVATION_SPARSE_PLUS, { $0 <= -1 ? 0 : $0 >= 1 ? $0 : ($0 + 1) * ($0 + 1) / 4 }),
    "gelu_tanh": (
      CK_ACTIVATION_GELU_TANH, { $0 * sigmoid(2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)) }
    ),
    "mish": (
      CK_ACTIVATION_MISH,
      { x in
        let e = exp(min(x, 20))
        return x > 20 ? x : x * e * (e + 2) / (e * (e + 2) + 2)
      }
    ),
    "squareplus": (
      CK_ACTIVATION_SQUAREPLUS,
      { x in
        let root = (x * x + 4).squareRoot()
        return x < 0 ? 2 / (root - x) : (x + root) / 2
      }
    ),
  ]

  @Test("slopes match central differences, in both precisions", arguments: cases)
  func slopes(_ test: Case) {
    let wide = stride(from: -9.013, through: 9, by: 0.0217).map { $0 }.filter { x in
      !test.kinks.contains { abs($0 - x) < 1e-3 }
    }
    let dy = Samples.random(wide.count, in: 0.5...2)
    let x = wide.map { Float($0) }
    let dx = output(x.count, of: 0.0) {
      ck_activation_gradient_f64(test.act, test.alpha, wide, dy, $0, wide.count, 1)
    }
    let dxFloat = output(x.count, of: Float(0)) {
      ck_activation_gradient_f32(test.act, Float(test.alpha), x, dy.map { Float($0) }, $0, x.count, 2)
    }
    let h = 1e-5
    for i in wide.indices {
      let numeric = dy[i] * (test.value(wide[i] + h) - test.value(wide[i] - h)) / (2 * h)
      let size = max(1, abs(numeric))
      #expect(abs(dx[i] - numeric) <= 2e-8 * size * 10, "\(test.name)'(\(wide[i])): \(dx[i]), not \(numeric)")
      #expect(abs(Double(dxFloat[i]) - dx[i]) <= 6e-6 * size, "f32 \(test.name)'(\(wide[i])): \(dxFloat[i])")
    }
  }

  @Test(
    "far out, gated units have the slopes of their asymptotes",
    arguments: [CK_ACTIVATION_GELU, CK_ACTIVATION_GELU_TANH, CK_ACTIVATION_SILU, CK_ACTIVATION_MISH])
  func asymptotes(_ act: ck_activation) {
    let x: [Float] = [-.infinity, -1e30, -200, 200, 1e30, .infinity], ones = [Float](repeating: 1, count: 6)
    let slopes = output(6, of: Float(9)) { ck_activation_gradient_f32(act, 0, x, ones, $0, 6, 1) }
    #expect(slopes == [0, 0, 0, 1, 1, 1])
  }

  @Test("slopes from the output match slopes from the input", arguments: cases)
  func slopesFromOutput(_ test: Case) {
    let x = Samples.random(1000, in: -6...6)
    let dy = Samples.random(1000, seed: 2)
    let y = output(1000, of: 0.0) { ck_activation_f64(test.act, test.alpha, x, $0, 1000, 1) }
    let expected = output(1000, of: 0.0) { ck_activation_gradient_f64(test.act, test.alpha, x, dy, $0, 1000, 1) }
    var dx = [Double](repeating: 7, count: 1000)
    let possible = ck_activation_gradient_from_output_f64(test.act, test.alpha, y, dy, &dx, 1000, 1)
    #expect(possible == ck_activation_has_gradient_from_output(test.act, test.alpha))
    if possible == 0 {
      #expect(dx.allSatisfy { $0 == 7 })
    } else {
      for i in dx.indices { #expect(abs(dx[i] - expected[i]) <= 1e-9, "\(test.name) at \(x[i])") }
    }
  }

  @Test("limits at infinity are limits, NaN stays NaN", arguments: cases)
  func limits(_ test: Case) {
    let x: [Float] = [-.infinity, .infinity, .nan, -3e38, 3e38]
    let y = output(5, of: Float(0)) { ck_activation_f32(test.act, Float(test.alpha), x, $0, 5, 1) }
    let low = ["linear", "leaky_relu", "soft_shrink", "hard_shrink", "tanh_shrink", "log_sigmoid"].contains(test.name)
    #expect(low ? y[0] == -.infinity : y[0].isFinite, "\(test.name)(-inf) = \(y[0])")
    #expect(!y[1].isNaN && !y[3].isNaN && !y[4].isNaN, "\(test.name): \(y)")
    #expect(y[2].isNaN, "\(test.name)(nan) = \(y[2])")
    let dx = output(5, of: Float(0)) {
      ck_activation_gradient_f32(test.act, Float(test.alpha), x, [1, 1, 1, 1, 1], $0, 5, 1)
    }
    for i in [0, 1, 3, 4] { #expect(!dx[i].isNaN, "\(test.name)'(\(x[i])) = \(dx[i])") }
  }

  @Test("bias and activation in one pass", arguments: [1, 6, 10, 16, 120, 500], [1, 7, 1000])
  func biasActivation(cols: Int, rows: Int) {
    let x = Samples.randomFloats(rows * cols), bias = Samples.randomFloats(cols, seed: 3)
    let sums = x.indices.map { x[$0] + bias[$0 % cols] }
    let expected = output(x.count, of: Float(0)) { ck_activation_f32(CK_ACTIVATION_TANH, 0, sums, $0, x.count, 1) }
    for threads in [1, 2] as [Int32] {
      var y = x
      y.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress {
          ck_bias_activation_f32(CK_ACTIVATION_TANH, 0, base, bias, base, rows, cols, threads)
        }
      }
      #expect(y == expected)
    }
    let plain = output(x.count, of: Float(0)) {
      ck_bias_activation_f32(CK_ACTIVATION_TANH, 0, x, nil, $0, rows, cols, 2)
    }
    #expect(plain == output(x.count, of: Float(0)) { ck_activation_f32(CK_ACTIVATION_TANH, 0, x, $0, x.count, 1) })
  }

  @Test("bias, residual and activation in one pass", arguments: [1, 6, 16, 500, 5000], [1, 7, 300])
  func residualActivation(cols: Int, rows: Int) {
    let x = Samples.randomFloats(rows * cols), bias = Samples.randomFloats(cols, seed: 3)
    let residual = Samples.randomFloats(rows * cols, seed: 4)
    for act in [CK_ACTIVATION_TANH, CK_ACTIVATION_RELU, CK_ACTIVATION_LINEAR] {
      for hasBias in [false, true] {
        let sums = x.indices.map { (hasBias ? x[$0] + bias[$0 % cols] : x[$0]) + residual[$0] }
        let expected = output(x.count, of: Float(0)) { ck_activation_f32(act, 0, sums, $0, x.count, 1) }
        for threads in [1, 2] as [Int32] {
          var y = x
          y.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress {
              ck_residual_activation_f32(act, 0, base, hasBias ? bias : nil, residual, base, rows, cols, threads)
            }
          }
          #expect(y == expected)
        }
      }
    }
  }
}
