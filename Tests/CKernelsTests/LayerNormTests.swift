import CKernels
import Testing

@Suite("Layer normalization is its definition, and its gradient that of the definition")
struct LayerNormTests {
  static let shapes = [(1, 1), (3, 5), (2, 64), (7, 100), (33, 768), (600, 31), (3, 4099)]

  private struct Reference {
    var y: [Double] = [], mean: [Double] = [], inv: [Double] = []
    var dx: [Double] = [], dgamma: [Double] = [], dbeta: [Double] = []

    init(_ x: [Double], _ dy: [Double], _ gamma: [Double], _ beta: [Double], width: Int, epsilon: Double) {
      dgamma = [Double](repeating: 0, count: width)
      dbeta = dgamma
      for row in stride(from: 0, to: x.count, by: width) {
        let values = x[row..<row + width]
        let mean = values.reduce(0, +) / Double(width)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        let inv = 1 / (variance + epsilon).squareRoot()
        self.mean.append(mean)
        self.inv.append(inv)
        let normal = values.map { ($0 - mean) * inv }
        let g = (0..<width).map { dy[row + $0] * gamma[$0] }
        let sum = g.reduce(0, +) / Double(width)
        let product = zip(g, normal).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
        for j in 0..<width {
          y.append(normal[j] * gamma[j] + beta[j])
          dx.append(inv * (g[j] - sum - normal[j] * product))
          dgamma[j] += dy[row + j] * normal[j]
          dbeta[j] += dy[row + j]
        }
      }
    }
  }

  private func close(_ value: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
    value.count == expected.count && zip(value, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  @Test("float64 to rounding", arguments: shapes, [false, true])
  func double(shape: (rows: Int, width: Int), isScaled: Bool) {
    let (rows, width) = shape
    let n = rows * width
    let x = Samples.random(n, seed: 2, in: 3...5), dy = Samples.random(n, seed: 3)
    let gamma = isScaled ? Samples.random(width, seed: 4) : [Double](repeating: 1, count: width)
    let beta = isScaled ? Samples.random(width, seed: 5) : [Double](repeating: 0, count: width)
    let e = Reference(x, dy, gamma, beta, width: width, epsilon: 1e-3)
    var mean = [Double](repeating: 0, count: rows), inv = mean
    let y = output(n, of: 0.0) {
      ck_layer_norm_f64(x, isScaled ? gamma : nil, isScaled ? beta : nil, $0, &mean, &inv, rows, width, 1e-3, 2)
    }
    #expect(close(y, e.y, 1e-12) && close(mean, e.mean, 1e-13) && close(inv, e.inv, 1e-12))
    var dgamma = [Double](repeating: 9, count: width), dbeta = dgamma
    let dx = output(n, of: 0.0) {
      ck_layer_norm_gradient_f64(x, dy, mean, inv, isScaled ? gamma : nil, $0, &dgamma, &dbeta, rows, width, 2)
    }
    #expect(close(dx, e.dx, 1e-10) && close(dgamma, e.dgamma, 1e-10) && close(dbeta, e.dbeta, 1e-11))
  }

  @Test("float32, in place, the same bits on any number of threads", arguments: shapes)
  func float(shape: (rows: Int, width: Int)) {
    let (rows, width) = shape
    let n = rows * width
    let x = Samples.randomFloats(n, seed: 2, in: -2...2), dy = Samples.randomFloats(n, seed: 3)
    let gamma = Samples.randomFloats(width, seed: 4), beta = Samples.randomFloats(width, seed: 5)
    let e = Reference(
      x.map(Double.init), dy.map(Double.init), gamma.map(Double.init), beta.map(Double.init), width: width,
      epsilon: 1e-3)
    var bits: [[UInt32]] = []
    for threads in [1, 2, 3] as [Int32] {
      var y = x, dx = dy
      var mean = [Float](repeating: 0, count: rows), inv = mean
      var dgamma = [Float](repeating: 9, count: width), dbeta = dgamma
      y.withUnsafeMutableBufferPointer {
        ck_layer_norm_f32($0.baseAddress, gamma, beta, $0.baseAddress, &mean, &inv, rows, width, 1e-3, threads)
      }
      dx.withUnsafeMutableBufferPointer {
        ck_layer_norm_gradient_f32(
          x, $0.baseAddress, mean, inv, gamma, $0.baseAddress, &dgamma, &dbeta, rows, width, threads)
      }
      #expect(close(y.map(Double.init), e.y, 2e-5) && close(dx.map(Double.init), e.dx, 3e-4))
      #expect(close(dgamma.map(Double.init), e.dgamma, 3e-5) && close(dbeta.map(Double.init), e.dbeta, 1e-5))
      bits.append((y + dx + dgamma + dbeta).map(\.bitPattern))
    }
    #expect(bits[0] == bits[1] && bits[0] == bits[2])
  }

  @Test("gradients that are not wanted are not written")
  func unwanted() {
    let x: [Float] = [1, 2, 3, 4], mean: [Float] = [1.5, 3.5], inv: [Float] = [2, 2]
    var dgamma: [Float] = [0, 0], dx: [Float] = [0, 0, 0, 0]
    ck_layer_norm_gradient_f32(x, x, mean, inv, nil, nil, &dgamma, nil, 2, 2, 1)
    #expect(dgamma == [-1 - 3, 2 + 4])
    ck_layer_norm_gradient_f32(x, x, mean, inv, nil, &dx, nil, nil, 2, 2, 1)
    #expect(dx.allSatisfy { $0.isFinite })
    ck_layer_norm_f32(x, nil, nil, &dx, nil, nil, 0, 2, 1e-3, 1)
  }
}
