import CKernels
import Testing

@Suite("Pooling is the window by window definition")
struct PoolingTests {
  /// Pooling geometries: filters are the channels.
  static let corpus: [Convolution] = [
    Convolution([8, 6], channels: 6, filters: 6, kernel: [2, 2], stride: [2, 2], batch: 3),
    Convolution([7, 9], channels: 1, filters: 1, kernel: [2, 2], stride: [2, 2], same: true),
    Convolution([7, 9], channels: 3, filters: 3, kernel: [3, 3], stride: [2, 2], same: true, batch: 2),
    Convolution([9, 7], channels: 16, filters: 16, kernel: [3, 2], stride: [1, 1], same: true),
    Convolution([10, 9], channels: 33, filters: 33, kernel: [3, 3], stride: [3, 2]),
    Convolution([9, 9], channels: 5, filters: 5, kernel: [2, 2], stride: [3, 3]),
    Convolution([3, 2], channels: 4, filters: 4, kernel: [5, 5], same: true),
    Convolution([12], channels: 7, filters: 7, kernel: [3], stride: [2], dilation: [2], same: true),
    Convolution([4, 5, 6], channels: 3, filters: 3, kernel: [2, 2, 3], stride: [2, 1, 2], same: true, batch: 2),
  ]

  /// For every output element, the input elements of its window in row-major order.
  private func windows(_ c: Convolution) -> [[Int]] {
    var windows = [[Int]](repeating: [], count: c.outputCount)
    c.eachTap { pixel, _, source in
      for channel in 0..<c.channels { windows[pixel * c.channels + channel].append(source * c.channels + channel) }
    }
    return windows
  }

  /// Few different values, so that windows have ties.
  private func tied(_ count: Int) -> [Float] { Samples.randomFloats(count, seed: 5).map { ($0 * 2).rounded() } }

  @Test("the maximum, and its gradient to the first of equals", arguments: corpus)
  func maximum(_ c: Convolution) {
    let x = tied(c.inputCount)
    let dy = Samples.randomFloats(c.outputCount, seed: 6)
    let windows = windows(c)
    var g = c.geometry
    let y = output(c.outputCount, of: Float.nan) { ck_max_pool_f32(&g, x, $0, 2) }
    #expect(y == windows.map { window in window.map { x[$0] }.max() })
    var expected = [Double](repeating: 0, count: c.inputCount)
    for (i, window) in windows.enumerated() {
      if let first = window.first(where: { x[$0] == y[i] }) { expected[first] += Double(dy[i]) }
    }
    let serial = output(c.inputCount, of: Float.nan) { ck_max_pool_gradient_f32(&g, x, y, dy, $0, 1) }
    let parallel = output(c.inputCount, of: Float.nan) { ck_max_pool_gradient_f32(&g, x, y, dy, $0, 2) }
    #expect(zip(serial, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(serial == parallel)
    let wide = output(c.inputCount, of: Double.nan) {
      ck_max_pool_gradient_f64(&g, x.map(Double.init), y.map(Double.init), dy.map(Double.init), $0, 2)
    }
    #expect(zip(wide, expected).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("the maximum of bfloat16 numbers is that of the numbers", arguments: corpus)
  func halfMaximum(_ c: Convolution) {
    func bits(_ x: Float) -> UInt16 { UInt16(truncatingIfNeeded: x.bitPattern >> 16) }
    func number(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
    var x = Samples.randomFloats(c.inputCount, seed: 7).map { number(bits($0)) }
    for (index, special) in [Float.infinity, -.infinity, 0, -0.0, .nan, -.nan, Float(bitPattern: 0x0001_0000)]
      .enumerated()
    {
      x[index * 5 % x.count] = special
    }
    var g = c.geometry
    let y = output(c.outputCount, of: UInt16(7)) { ck_max_pool_bf16(&g, x.map(bits), $0, 1) }
    #expect(y == output(c.outputCount, of: UInt16(9)) { ck_max_pool_bf16(&g, x.map(bits), $0, 2) })
    let expected = windows(c).map { window in
      window.map { x[$0] }.reduce(-Float.infinity) { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }
    }
    #expect(zip(y, expected).allSatisfy { number($0) == $1 || (number($0).isNaN && $1.isNaN) })
  }

  @Test("the place of the maximum gives the same gradient without the values", arguments: corpus)
  func taps(_ c: Convolution) {
    var x = tied(c.inputCount)
    x[x.count / 2] = .nan
    let dy = Samples.randomFloats(c.outputCount, seed: 6)
    var g = c.geometry
    let y = output(c.outputCount, of: Float(7)) { ck_max_pool_f32(&g, x, $0, 2) }
    var taps = [UInt8](repeating: 9, count: c.outputCount)
    let again = output(c.outputCount, of: Float(7)) { #expect(ck_max_pool_taps_f32(&g, x, $0, &taps, 2) == 1) }
    // Zeros may differ in their sign, of which either is a maximum.
    let isSame = zip(y, again).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
    #expect(isSame)
    let expected = output(c.inputCount, of: Float(7)) { ck_max_pool_gradient_f32(&g, x, y, dy, $0, 1) }
    let found = output(c.inputCount, of: Float(7)) { ck_max_pool_gradient_from_taps_f32(&g, taps, dy, $0, 2) }
    #expect(expected == found)
    let wide = output(c.inputCount, of: 7.0) {
      var y = [Double](repeating: 0, count: c.outputCount)
      _ = ck_max_pool_taps_f64(&g, x.map(Double.init), &y, &taps, 2)
      ck_max_pool_gradient_from_taps_f64(&g, taps, dy.map(Double.init), $0, 2)
    }
    #expect(zip(wide, expected).allSatisfy { abs($0 - Double($1)) < 1e-5 })
  }

  @Test("one large image, cut into bands of lines, has the gradient of its windows", arguments: [2, 3], [1, 2])
  func bands(window: Int, stride: Int) {
    let c = Convolution([61, 40], channels: 21, filters: 21, kernel: [window, window], stride: [stride, stride])
    let x = tied(c.inputCount), dy = Samples.randomFloats(c.outputCount, seed: 9)
    var g = c.geometry
    let y = output(c.outputCount, of: Float(0)) { ck_max_pool_f32(&g, x, $0, 2) }
    var expected = [Double](repeating: 0, count: c.inputCount)
    for (i, window) in windows(c).enumerated() {
      if let first = window.first(where: { x[$0] == y[i] }) { expected[first] += Double(dy[i]) }
    }
    let serial = output(c.inputCount, of: Float.nan) { ck_max_pool_gradient_f32(&g, x, y, dy, $0, 1) }
    let parallel = output(c.inputCount, of: Float.nan) { ck_max_pool_gradient_f32(&g, x, y, dy, $0, 4) }
    #expect(zip(serial, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(serial == parallel)
  }

  @Test("windows of more than 255 taps are left alone")
  func largeWindow() {
    var g = Convolution([20, 20], channels: 1, filters: 1, kernel: [16, 16]).geometry
    var y: [Float] = [5], taps: [UInt8] = [6]
    #expect(ck_max_pool_taps_f32(&g, [Float](repeating: 0, count: 400), &y, &taps, 1) == 0)
    #expect(y == [5] && taps == [6])
  }

  @Test("the average and its gradient, with and without padding counted", arguments: corpus, [false, true])
  func average(_ c: Convolution, countsPadding: Bool) {
    let x = Samples.random(c.inputCount, seed: 7)
    let dy = Samples.random(c.outputCount, seed: 8)
    let windows = windows(c)
    let size = c.kernel.reduce(1, *)
    let include: Int32 = countsPadding ? 1 : 0
    var expected = [Double](repeating: 0, count: c.outputCount)
    var gradient = [Double](repeating: 0, count: c.inputCount)
    for (i, window) in windows.enumerated() {
      let divisor = Double(countsPadding ? size : window.count)
      expected[i] = window.reduce(0.0) { $0 + x[$1] } / divisor
      for source in window { gradient[source] += dy[i] / divisor }
    }
    var g = c.geometry
    let y = output(c.outputCount, of: Double.nan) { ck_average_pool_f64(&g, x, $0, include, 2) }
    #expect(zip(y, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    let dx = output(c.inputCount, of: Double.nan) { ck_average_pool_gradient_f64(&g, dy, $0, include, 2) }
    #expect(zip(dx, gradient).allSatisfy { abs($0 - $1) < 1e-12 })
    let (narrowX, narrowDy) = (x.map { Float($0) }, dy.map { Float($0) })
    let floats = [Int32(1), 2].map { threads in
      output(c.outputCount, of: Float.nan) { ck_average_pool_f32(&g, narrowX, $0, include, threads) }
    }
    #expect(zip(floats[0], expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(floats[0] == floats[1])
    let floatGradients = [Int32(1), 2].map { threads in
      output(c.inputCount, of: Float.nan) { ck_average_pool_gradient_f32(&g, narrowDy, $0, include, threads) }
    }
    #expect(zip(floatGradients[0], gradient).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(floatGradients[0] == floatGradients[1])
  }

  @Test("NaN in a window makes its maximum and average NaN, and takes the gradient", arguments: [1, 3, 16])
  func nan(channels: Int) {
    let c = Convolution([4, 4], channels: channels, filters: channels, kernel: [2, 2], stride: [2, 2])
    var x = [Float](repeating: 1, count: c.inputCount)
    x[(4 + 1) * channels] = .nan
    var g = c.geometry
    let maxima = output(c.outputCount, of: Float.zero) { ck_max_pool_f32(&g, x, $0, 1) }
    let averages = output(c.outputCount, of: Float.zero) { ck_average_pool_f32(&g, x, $0, 0, 1) }
    for values in [maxima, averages] {
      #expect(values[0].isNaN)
      #expect(values[1...].allSatisfy { $0 == 1 })
    }
    let dy = [Float](repeating: 1, count: c.outputCount)
    let dx = output(c.inputCount, of: Float.nan) { ck_max_pool_gradient_f32(&g, x, maxima, dy, $0, 1) }
    #expect(dx[(4 + 1) * channels] == 1)
    #expect(dx.reduce(0, +) == Float(c.outputCount))
  }

  @Test("negative infinity is a maximum like any other")
  func negativeInfinity() {
    let c = Convolution([2, 2], channels: 1, filters: 1, kernel: [2, 2], stride: [2, 2])
    let x = [Float](repeating: -.infinity, count: 4)
    var g = c.geometry
    #expect(output(1, of: Float.nan) { ck_max_pool_f32(&g, x, $0, 1) } == [-.infinity])
  }
}
