import CKernels
import Testing

@Suite("Convolutions are the sums that define them")
struct ConvolutionTests {
  /// Relative to the largest sum of magnitudes that a result may have.
  private func expectClose(_ value: [Float], _ expected: [Double], terms: Int, _ what: Comment) {
    let tolerance = 1e-6 * Double(terms).squareRoot() + 1e-6
    let worst = zip(value, expected).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(value.count == expected.count && worst <= tolerance, "\(what): off by \(worst)")
  }

  private func expectClose(_ value: [Double], _ expected: [Double], _ what: Comment) {
    let worst = zip(value, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(value.count == expected.count && worst <= 1e-11, "\(what): off by \(worst)")
  }

  @Test("forward, in float and double, on one and two threads", arguments: Convolution.corpus)
  func forward(_ c: Convolution) {
    let x = Samples.randomFloats(c.inputCount, seed: 1)
    let weights = Samples.randomFloats(c.kernelCount, seed: 2)
    let bias = Samples.randomFloats(c.filters, seed: 3)
    let (wideX, wideWeights, wideBias) = (x.map(Double.init), weights.map(Double.init), bias.map(Double.init))
    let expected = c.forward(wideX, wideWeights, bias: wideBias)
    var g = c.geometry
    let serial = output(c.outputCount, of: Float.nan) {
      ck_conv_f32(&g, x, weights, bias, nil, CK_ACTIVATION_LINEAR, 0, $0, 1)
    }
    let parallel = output(c.outputCount, of: Float.nan) {
      ck_conv_f32(&g, x, weights, bias, nil, CK_ACTIVATION_LINEAR, 0, $0, 2)
    }
    expectClose(serial, expected, terms: c.patchLength, "float")
    #expect(serial == parallel)
    let double = output(c.outputCount, of: Double.nan) {
      ck_conv_f64(&g, wideX, wideWeights, wideBias, nil, CK_ACTIVATION_LINEAR, 0, $0, 2)
    }
    expectClose(double, expected, "double")
  }

  @Test("the gradient of the input", arguments: Convolution.corpus)
  func inputGradient(_ c: Convolution) {
    let dy = Samples.randomFloats(c.outputCount, seed: 4)
    let weights = Samples.randomFloats(c.kernelCount, seed: 5)
    let (wideDy, wideWeights) = (dy.map(Double.init), weights.map(Double.init))
    let expected = c.inputGradient(wideDy, wideWeights)
    var g = c.geometry
    let serial = output(c.inputCount, of: Float.nan) { ck_conv_backward_input_f32(&g, dy, weights, $0, 1) }
    let parallel = output(c.inputCount, of: Float.nan) { ck_conv_backward_input_f32(&g, dy, weights, $0, 2) }
    expectClose(serial, expected, terms: c.kernel.reduce(1, *) * c.filters, "float")
    #expect(serial == parallel)
    let double = output(c.inputCount, of: Double.nan) { ck_conv_backward_input_f64(&g, wideDy, wideWeights, $0, 2) }
    expectClose(double, expected, "double")
  }

  @Test("the gradient of the kernel", arguments: Convolution.corpus)
  func kernelGradient(_ c: Convolution) {
    let x = Samples.randomFloats(c.inputCount, seed: 6)
    let dy = Samples.randomFloats(c.outputCount, seed: 7)
    let (wideX, wideDy) = (x.map(Double.init), dy.map(Double.init))
    let expected = c.kernelGradient(wideX, wideDy)
    var g = c.geometry
    let serial = output(c.kernelCount, of: Float.nan) { ck_conv_backward_kernel_f32(&g, x, dy, $0, 1) }
    let parallel = output(c.kernelCount, of: Float.nan) { ck_conv_backward_kernel_f32(&g, x, dy, $0, 2) }
    expectClose(serial, expected, terms: c.pixels, "float")
    #expect(serial == parallel)
    let double = output(c.kernelCount, of: Double.nan) { ck_conv_backward_kernel_f64(&g, wideX, wideDy, $0, 2) }
    expectClose(double, expected, "double")
  }

  @Test("an activation is applied after the bias")
  func activation() {
    let c = Convolution([6, 6], channels: 3, filters: 5, kernel: [3, 3], same: true)
    let x = Samples.randomFloats(c.inputCount, seed: 8)
    let weights = Samples.randomFloats(c.kernelCount, seed: 9)
    let bias = Samples.randomFloats(c.filters, seed: 10)
    let expected = c.forward(x.map(Double.init), weights.map(Double.init), bias: bias.map(Double.init)).map {
      max($0, 0)
    }
    var g = c.geometry
    let y = output(c.outputCount, of: Float.nan) {
      ck_conv_f32(&g, x, weights, bias, nil, CK_ACTIVATION_RELU, 0, $0, 2)
    }
    expectClose(y, expected, terms: c.patchLength, "relu")
  }

  @Test("NaN and infinity reach exactly the outputs whose windows hold them", arguments: [1, 6, 33])
  func nonFinite(filters: Int) {
    let c = Convolution([8, 9], channels: 2, filters: filters, kernel: [3, 3])
    let weights = [Float](repeating: 1, count: c.kernelCount)
    let spoiled = (3 * 9 + 4) * 2 + 1
    for value in [Float.nan, .infinity] {
      var x = [Float](repeating: 1, count: c.inputCount)
      x[spoiled] = value
      var g = c.geometry
      let y = output(c.outputCount, of: Float.zero) {
        ck_conv_f32(&g, x, weights, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, 2)
      }
      var touched = [Bool](repeating: false, count: c.pixels)
      c.eachTap { pixel, _, source in
        if source == spoiled / 2 { touched[pixel] = true }
      }
      for (i, result) in y.enumerated() {
        #expect(touched[i / filters] ? (value.isNaN ? result.isNaN : result == .infinity) : result == 18)
      }
    }
  }

  @Test("an empty batch gives nothing and a zero gradient of the kernel")
  func emptyBatch() {
    let c = Convolution([6, 6], channels: 2, filters: 3, kernel: [3, 3], batch: 0)
    var g = c.geometry
    let x: [Float] = [0]
    let weights = Samples.randomFloats(c.kernelCount)
    let untouched = output(1, of: Float(7)) { ck_conv_f32(&g, x, weights, nil, nil, CK_ACTIVATION_LINEAR, 0, $0, 2) }
    #expect(untouched == [7])
    let gradient = output(c.kernelCount, of: Float.nan) { ck_conv_backward_kernel_f32(&g, x, x, $0, 2) }
    #expect(gradient.allSatisfy { $0 == 0 })
  }
}

@Suite("Patches are a matrix")
struct PatchTests {
  @Test("patches times the kernel is the convolution", arguments: Convolution.corpus)
  func product(_ c: Convolution) {
    let x = Samples.random(c.inputCount, seed: 11)
    let weights = Samples.random(c.kernelCount, seed: 12)
    let expected = c.forward(x, weights, bias: [Double](repeating: 0, count: c.filters))
    var g = c.geometry
    let groupFilters = c.filters / c.groups
    var y = [Double](repeating: 0, count: c.outputCount)
    for group in 0..<c.groups {
      let patches = output(c.pixels * c.patchLength, of: Double.nan) { ck_im2col_f64(&g, x, 0, c.pixels, group, $0) }
      for pixel in 0..<c.pixels {
        for filter in group * groupFilters..<(group + 1) * groupFilters {
          y[pixel * c.filters + filter] = (0..<c.patchLength).reduce(0.0) {
            $0 + patches[pixel * c.patchLength + $1] * weights[$1 * c.filters + filter]
          }
        }
      }
    }
    #expect(zip(y, expected).allSatisfy { abs($0 - $1) < 1e-11 })
  }

  @Test("col2im is the adjoint of im2col, by ranges of rows", arguments: Convolution.corpus)
  func adjoint(_ c: Convolution) {
    let x = Samples.random(c.inputCount, seed: 13)
    let columns = Samples.random(c.pixels * c.patchLength, seed: 14)
    var g = c.geometry
    let group = c.groups - 1
    let middle = c.pixels / 2
    let patches = output(columns.count, of: Double.nan) {
      ck_im2col_f64(&g, x, 0, middle, group, $0)
      ck_im2col_f64(&g, x, middle, c.pixels, group, $0 + middle * c.patchLength)
    }
    let back = output(c.inputCount, of: 0.0) { dx in
      columns.withUnsafeBufferPointer { columns in
        guard let base = columns.baseAddress else { return }
        ck_col2im_f64(&g, base, 0, middle, group, dx)
        ck_col2im_f64(&g, base + middle * c.patchLength, middle, c.pixels, group, dx)
      }
    }
    let forward = zip(patches, columns).reduce(0.0) { $0 + $1.0 * $1.1 }
    let backward = zip(x, back).reduce(0.0) { $0 + $1.0 * $1.1 }
    #expect(abs(forward - backward) < 1e-9)
  }
}
