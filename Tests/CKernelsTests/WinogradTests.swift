import CKernels
import Testing

@Suite("Minimal filtering is the convolution")
struct WinogradTests {
  /// Odd sizes and padding, channels that fill vectors, overflow them and leave them empty, few and many tiles.
  static let corpus: [Convolution] =
    Convolution.corpus.filter {
      var g = $0.geometry
      return ck_winograd_applies(&g) != 0
    } + [
      Convolution([26, 27], channels: 17, filters: 33, kernel: [3, 3], batch: 3),
      Convolution([57, 58], channels: 16, filters: 40, kernel: [3, 3], same: true),
      Convolution([14, 14], channels: 64, filters: 64, kernel: [3, 3], same: true, batch: 2),
      Convolution([7, 7], channels: 300, filters: 24, kernel: [3, 3], same: true),
      Convolution([3, 9, 8], channels: 5, filters: 18, kernel: [1, 3, 3], batch: 2),
      Convolution([1, 2], channels: 20, filters: 70, kernel: [3, 3], same: true, batch: 3),
      Convolution([3, 3], channels: 1, filters: 1, kernel: [3, 3]),
    ]

  static let passes = [CK_WINOGRAD_FORWARD, CK_WINOGRAD_BACKWARD_INPUT]

  private struct Case {
    var g: ck_conv
    let pass: ck_winograd_pass
    let x: [Float]
    let weights: [Float]
    let count: Int

    init(_ c: Convolution, _ pass: ck_winograd_pass) {
      let isForward = pass == CK_WINOGRAD_FORWARD
      (g, self.pass) = (c.geometry, pass)
      x = Samples.randomFloats(isForward ? c.inputCount : c.outputCount, seed: 21)
      weights = Samples.randomFloats(c.kernelCount, seed: 22)
      count = isForward ? c.outputCount : c.inputCount
    }

    /// The same by the direct kernels, in double precision.
    var expected: [Double] {
      var g = g
      let (x, weights) = (x.map(Double.init), weights.map(Double.init))
      return output(count, of: Double.nan) {
        if pass == CK_WINOGRAD_FORWARD {
          ck_conv_f64(&g, x, weights, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, 2)
        } else {
          ck_conv_backward_input_f64(&g, x, weights, $0, 2)
        }
      }
    }

    func result(tile: Int, isPacked: Bool = true, threads: Int32) -> [Float] {
      var g = g
      let packed = output(ck_winograd_weight_count(&g, pass, tile), of: Float.nan) {
        ck_winograd_pack_f32(&g, pass, tile, weights, $0, threads)
      }
      return output(count, of: Float.nan) {
        ck_winograd_f32(
          &g, pass, tile, x, weights, isPacked ? packed : nil, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, threads)
      }
    }
  }

  private func error(_ found: [Float], _ expected: [Double]) -> Double {
    let difference = zip(found, expected).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    return (difference / max(expected.reduce(0) { $0 + $1 * $1 }, 1e-30)).squareRoot()
  }

  @Test("forward and backward, with weights packed before and meanwhile", arguments: corpus, passes)
  func agrees(_ c: Convolution, _ pass: ck_winograd_pass) {
    let entry = Case(c, pass)
    let expected = entry.expected
    for (tile, tolerance) in [(2, 5e-7), (4, 2e-6)] {
      let serial = entry.result(tile: tile, threads: 1)
      #expect(error(serial, expected) < tolerance, "tiles of \(tile)")
      #expect(serial == entry.result(tile: tile, threads: 2))
      #expect(serial == entry.result(tile: tile, isPacked: false, threads: 3))
    }
  }

  @Test("the gradient of the kernel", arguments: corpus)
  func kernelGradient(_ c: Convolution) {
    var g = c.geometry
    let (x, dy) = (Samples.randomFloats(c.inputCount, seed: 31), Samples.randomFloats(c.outputCount, seed: 32))
    let wide = (x.map(Double.init), dy.map(Double.init))
    let expected = output(c.kernelCount, of: Double.nan) { ck_conv_backward_kernel_f64(&g, wide.0, wide.1, $0, 2) }
    for (tile, tolerance) in [(2, 2e-6), (4, 5e-6)] {
      let serial = output(c.kernelCount, of: Float.nan) { ck_winograd_backward_kernel_f32(&g, tile, x, dy, $0, 1) }
      let parallel = output(c.kernelCount, of: Float.nan) { ck_winograd_backward_kernel_f32(&g, tile, x, dy, $0, 2) }
      #expect(error(serial, expected) < tolerance, "tiles of \(tile)")
      #expect(serial == parallel)
    }
  }

  @Test("a gradient that is not finite is what the direct sum gives", arguments: [Float.nan, .infinity, 3e38])
  func nonFiniteKernelGradient(_ value: Float) {
    let c = Convolution([9, 10], channels: 18, filters: 20, kernel: [3, 3], same: true)
    var x = Samples.randomFloats(c.inputCount, seed: 33)
    let dy = Samples.randomFloats(c.outputCount, seed: 34, in: 2...3)
    x[x.count / 2] = value
    var g = c.geometry
    let expected = output(c.kernelCount, of: Float.zero) { ck_conv_backward_kernel_f32(&g, x, dy, $0, 1) }
    let found = output(c.kernelCount, of: Float.zero) { ck_winograd_backward_kernel_f32(&g, 4, x, dy, $0, 2) }
    #expect(zip(found, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }

  @Test("padding beyond the window, and outputs that see none of the input", arguments: passes)
  func widePadding(_ pass: ck_winograd_pass) {
    var c = Convolution([5, 6], channels: 18, filters: 17, kernel: [3, 3])
    c.input = [1, 11, 12]  // so that there are 9 x 10 outputs
    var entry = Case(c, pass)
    entry.g.in = (1, 5, 6)
    entry.g.padding = (0, 4, 3)
    let (inputs, outputs) = (5 * 6 * 18, 9 * 10 * 17)
    let isForward = pass == CK_WINOGRAD_FORWARD
    let x = Array(entry.x.prefix(isForward ? inputs : outputs)), weights = entry.weights
    let wide = (x.map(Double.init), weights.map(Double.init))
    var g = entry.g
    let expected = output(isForward ? outputs : inputs, of: Double.nan) {
      if isForward {
        ck_conv_f64(&g, wide.0, wide.1, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, 1)
      } else {
        ck_conv_backward_input_f64(&g, wide.0, wide.1, $0, 1)
      }
    }
    for tile in [2, 4] {
      let found = output(expected.count, of: Float.nan) {
        ck_winograd_f32(&g, pass, tile, x, weights, nil, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, 2)
      }
      #expect(error(found, expected) < 2e-6)
    }
  }

  @Test("bias, residual and activation, over the residual", arguments: [CK_ACTIVATION_RELU, CK_ACTIVATION_GELU])
  func epilogue(_ activation: ck_activation) {
    let c = Convolution([9, 11], channels: 19, filters: 37, kernel: [3, 3], same: true, batch: 2)
    let x = Samples.randomFloats(c.inputCount, seed: 23)
    let weights = Samples.randomFloats(c.kernelCount, seed: 24)
    let bias = Samples.randomFloats(c.filters, seed: 25)
    let residual = Samples.randomFloats(c.outputCount, seed: 26)
    var g = c.geometry
    let wide = (x.map(Double.init), weights.map(Double.init), bias.map(Double.init), residual.map(Double.init))
    let expected = output(c.outputCount, of: Double.nan) {
      ck_conv_f64(&g, wide.0, wide.1, wide.2, wide.3, activation, 0, $0, 2)
    }
    for tile in [2, 4] {
      var y = residual
      y.withUnsafeMutableBufferPointer {
        ck_winograd_f32(
          &g, CK_WINOGRAD_FORWARD, tile, x, weights, nil, bias, UnsafePointer($0.baseAddress), activation, 0,
          $0.baseAddress, 2)
      }
      #expect(error(y, expected) < 2e-6)
    }
  }

  private func isSame(_ found: Float, _ expected: Float, _ scale: Float) -> Bool {
    if expected.isNaN || found.isNaN { return found.isNaN && expected.isNaN }
    return found == expected || abs(found - expected) <= 1e-5 * scale
  }

  @Test("what is not finite, or overflows on the way, is what the direct sum gives", arguments: [2, 4], passes)
  func nonFinite(tile: Int, _ pass: ck_winograd_pass) {
    let c = Convolution([13, 15], channels: 18, filters: 37, kernel: [3, 3], same: true)
    let entry = Case(c, pass)
    for value in [Float.nan, .infinity, -.infinity, 1e38, -3e38, .leastNonzeroMagnitude] {
      for inWeights in [false, true] {
        var (x, weights) = (entry.x, entry.weights)
        if inWeights { weights[weights.count / 2] = value } else { x[x.count / 2] = value }
        var g = entry.g
        let expected = output(entry.count, of: Float.zero) {
          if pass == CK_WINOGRAD_FORWARD {
            ck_conv_f32(&g, x, weights, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, 1)
          } else {
            ck_conv_backward_input_f32(&g, x, weights, $0, 1)
          }
        }
        let found = output(entry.count, of: Float.zero) {
          ck_winograd_f32(&g, pass, tile, x, weights, nil, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, 2)
        }
        let scale = value.isFinite ? max(100, abs(value)) : 100
        #expect(zip(found, expected).allSatisfy { isSame($0, $1, scale) }, "\(value) in \(inWeights ? "weights" : "x")")
      }
    }
  }

  @Test("an infinite residual stays where it is, and NaN passes ReLU")
  func nonFiniteEpilogue() {
    let c = Convolution([8, 8], channels: 16, filters: 16, kernel: [3, 3], same: true)
    let weights = Samples.randomFloats(c.kernelCount, seed: 27)
    let x = Samples.randomFloats(c.inputCount, seed: 28)
    var residual = [Float](repeating: 0, count: c.outputCount)
    (residual[100], residual[200]) = (.infinity, .nan)
    var g = c.geometry
    let y = output(c.outputCount, of: Float.zero) {
      ck_winograd_f32(&g, CK_WINOGRAD_FORWARD, 4, x, weights, nil, nil, residual, CK_ACTIVATION_RELU, 0, $0, 2)
    }
    #expect(y[100] == .infinity && y[200].isNaN)
    #expect(y.indices.allSatisfy { $0 == 100 || $0 == 200 || y[$0].isFinite })
  }

  @Test("other windows, strides, dilations, groups, few channels and few pixels are left to others")
  func declined() {
    func tile(_ c: Convolution, packed: Int32 = 1) -> Int {
      var g = c.geometry
      return ck_winograd_tile(&g, CK_WINOGRAD_FORWARD, packed)
    }
    #expect(tile(Convolution([56, 56], channels: 64, filters: 64, kernel: [3, 3], same: true)) == 4)
    #expect(tile(Convolution([56, 56], channels: 64, filters: 64, kernel: [5, 5], same: true)) == 0)
    #expect(tile(Convolution([56, 56], channels: 64, filters: 64, kernel: [3, 3], stride: [1, 2])) == 0)
    #expect(tile(Convolution([56, 56], channels: 64, filters: 64, kernel: [3, 3], dilation: [2, 2])) == 0)
    #expect(tile(Convolution([56, 56], channels: 64, filters: 64, kernel: [3, 3], groups: 2)) == 0)
    #expect(tile(Convolution([56, 56, 9], channels: 64, filters: 64, kernel: [3, 3, 3])) == 0)
    #expect(tile(Convolution([56, 56], channels: 3, filters: 64, kernel: [3, 3], same: true)) == 0)
    #expect(tile(Convolution([3, 3], channels: 512, filters: 512, kernel: [3, 3])) == 0)
    #expect(tile(Convolution([56, 56], channels: 64, filters: 64, kernel: [3, 3], batch: 0)) == 0)
    var g = Convolution([7, 7], channels: 512, filters: 512, kernel: [3, 3], same: true, batch: 4).geometry
    #expect(ck_winograd_tile(&g, CK_WINOGRAD_BACKWARD_KERNEL, 0) == 0)
    g = Convolution([56, 56], channels: 64, filters: 64, kernel: [3, 3], same: true, batch: 8).geometry
    #expect(ck_winograd_tile(&g, CK_WINOGRAD_BACKWARD_KERNEL, 0) == 4)
  }
}
