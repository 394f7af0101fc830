import CKernels
import Testing

@Suite("Batch normalization statistics and gradient")
struct NormalizationTests {
  /// Few and many channels, fewer rows than a block and more.
  static let shapes: [(rows: Int, channels: Int)] = [
    (1, 1), (2, 3), (7, 64), (1000, 1), (5001, 6), (300, 33), (1037, 65), (40000, 2),
  ]

  private func moments(_ x: [Double], _ rows: Int, _ channels: Int) -> (mean: [Double], variance: [Double]) {
    var mean = [Double](repeating: 0, count: channels)
    var variance = mean
    for (i, value) in x.enumerated() { mean[i % channels] += value / Double(rows) }
    for (i, value) in x.enumerated() {
      let deviation = value - mean[i % channels]
      variance[i % channels] += deviation * deviation / Double(rows)
    }
    return (mean, variance)
  }

  @Test("moments, far from zero too", arguments: shapes, [0.0, 1000.0])
  func moments(shape: (rows: Int, channels: Int), offset: Double) {
    let (rows, channels) = shape
    let x = Samples.randomFloats(rows * channels, seed: 1, in: offset - 1...offset + 1)
    let expected = moments(x.map(Double.init), rows, channels)
    var results: [[Float]] = []
    for threads in [Int32(1), 2] {
      var mean = [Float](repeating: .nan, count: channels)
      var variance = mean
      ck_moments_f32(x, &mean, &variance, rows, channels, threads)
      results.append(mean + variance)
      #expect(zip(mean, expected.mean).allSatisfy { abs(Double($0) - $1) <= 1e-6 * (1 + offset) })
      #expect(zip(variance, expected.variance).allSatisfy { abs(Double($0) - $1) <= 2e-5 * (1 + offset / 1000) })
    }
    #expect(results[0] == results[1])
    var mean = [Double](repeating: .nan, count: channels)
    var variance = mean
    ck_moments_f64(x.map(Double.init), &mean, &variance, rows, channels, 2)
    #expect(zip(mean + variance, expected.mean + expected.variance).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test("scale and shift, in place too", arguments: shapes)
  func scaleShift(shape: (rows: Int, channels: Int)) {
    let (rows, channels) = shape
    let x = Samples.randomFloats(rows * channels, seed: 2)
    let scale = Samples.randomFloats(channels, seed: 3)
    let shift = Samples.randomFloats(channels, seed: 4)
    let y = output(x.count, of: Float.nan) { ck_scale_shift_f32(x, scale, shift, $0, rows, channels, 2) }
    for i in y.indices { #expect(abs(y[i] - (x[i] * scale[i % channels] + shift[i % channels])) < 1e-6) }
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { ck_scale_shift_f32(base, scale, shift, base, rows, channels, 1) }
    }
    #expect(inPlace == y)
  }

  /// L = sum of dy * y, whose gradient the kernel computes.
  private func loss(_ x: [Double], _ dy: [Double], _ gamma: [Double], _ rows: Int, _ epsilon: Double) -> Double {
    let channels = gamma.count
    let (mean, variance) = moments(x, rows, channels)
    return x.indices.reduce(0.0) { sum, i in
      let c = i % channels
      return sum + dy[i] * (x[i] - mean[c]) / (variance[c] + epsilon).squareRoot() * gamma[c]
    }
  }

  @Test("the gradient is the slope of the loss")
  func gradient() {
    let (rows, channels, epsilon) = (11, 3, 1e-3)
    let x = Samples.random(rows * channels, seed: 5)
    let dy = Samples.random(rows * channels, seed: 6)
    let gamma = Samples.random(channels, seed: 7, in: 0.5...2)
    let (mean, variance) = moments(x, rows, channels)
    let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    var dx = [Double](repeating: .nan, count: x.count)
    var dgamma = [Double](repeating: .nan, count: channels)
    var dbeta = dgamma
    ck_batch_norm_gradient_f64(x, dy, mean, inverse, gamma, &dx, &dgamma, &dbeta, rows, channels, 2)
    let step = 1e-6
    for i in x.indices {
      var (up, down) = (x, x)
      up[i] += step
      down[i] -= step
      let slope = (loss(up, dy, gamma, rows, epsilon) - loss(down, dy, gamma, rows, epsilon)) / (2 * step)
      #expect(abs(dx[i] - slope) < 1e-7)
    }
    for c in 0..<channels {
      let rowsOfChannel = stride(from: c, to: x.count, by: channels)
      #expect(abs(dbeta[c] - rowsOfChannel.reduce(0.0) { $0 + dy[$1] }) < 1e-12)
      #expect(abs(dgamma[c] - rowsOfChannel.reduce(0.0) { $0 + dy[$1] * (x[$1] - mean[c]) * inverse[c] }) < 1e-12)
    }
  }

  @Test("floats agree with doubles, threads with one thread, and parts may be left out", arguments: shapes)
  func floatGradient(shape: (rows: Int, channels: Int)) {
    let (rows, channels) = shape
    let x = Samples.randomFloats(rows * channels, seed: 8)
    let dy = Samples.randomFloats(rows * channels, seed: 9)
    let (mean, variance) = moments(x.map(Double.init), rows, channels)
    let inverse = variance.map { 1 / ($0 + 1e-3).squareRoot() }
    let (narrowMean, narrowInverse) = (mean.map { Float($0) }, inverse.map { Float($0) })
    var expected = [Double](repeating: .nan, count: x.count)
    ck_batch_norm_gradient_f64(
      x.map(Double.init), dy.map(Double.init), mean, inverse, nil, &expected, nil, nil, rows, channels, 1)
    let runs = [Int32(1), 2].map { threads in
      var dx = [Float](repeating: .nan, count: x.count)
      var sums = [Float](repeating: .nan, count: 2 * channels)
      sums.withUnsafeMutableBufferPointer { sums in
        guard let base = sums.baseAddress else { return }
        ck_batch_norm_gradient_f32(
          x, dy, narrowMean, narrowInverse, nil, &dx, base, base + channels, rows, channels, threads)
      }
      return dx + sums
    }
    #expect(runs[0] == runs[1])
    let largest = inverse.max() ?? 1
    #expect(zip(runs[0], expected).allSatisfy { abs(Double($0) - $1) < 1e-5 * largest })
  }

  @Test("NaN stays in its channel")
  func nan() {
    var x = Samples.randomFloats(300, seed: 10)
    x[31] = .nan
    var mean = [Float](repeating: 0, count: 3)
    var variance = mean
    ck_moments_f32(x, &mean, &variance, 100, 3, 2)
    #expect(mean.map(\.isNaN) == [false, true, false])
    #expect(variance.map(\.isNaN) == [false, true, false])
  }
}
