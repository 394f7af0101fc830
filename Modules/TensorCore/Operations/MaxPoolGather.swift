/// The values of one tensor at the places where another has the maxima of its windows.
///
/// Inputs x and v, both `[batch, spatial..., channels]`; output of the pooled shape: for each window, v at the first
/// maximum of x. It is the transpose of `MaxPoolGradient`, hence the second derivative of max pooling.
public struct MaxPoolGather: Operation {
  public static let name = "max_pool_gather"

  public var window: [Int]
  public var strides: [Int]
  public var padding: ConvPadding

  public init(window: [Int], strides: [Int]? = nil, padding: ConvPadding = .valid) {
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
  }

  public func geometry(input: Shape) throws(CoreError) -> ConvGeometry {
    try ConvGeometry(pooling: Self.name, input: input, window: window, strides: strides, padding: padding)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    try expectShape(inputs[1], inputs[0].shape, "values")
    return [TensorSpec(try geometry(input: inputs[0].shape).outputShape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, values, y) = (inputs[0], inputs[1], outputs[0])
    guard y.elementCount > 0, let geometry = try? geometry(input: x.shape) else { return }
    let windows = PoolWindows(geometry)
    Execution.parallel(count: windows.count, grain: 64) { range in
      for window in range {
        if x.dtype == .float64 {
          windows.gather(window, x.f64, values.f64, y.f64)
        } else {
          windows.gather(window, x.f32, values.f32, y.f32)
        }
      }
    }
  }
}

/// Walks the windows of a pooling one by one.
private struct PoolWindows {
  let geometry: ConvGeometry
  let channels: Int
  /// Windows per sample.
  let perSample: Int
  let pixelsPerSample: Int
  var count: Int { geometry.batch * perSample }

  init(_ geometry: ConvGeometry) {
    self.geometry = geometry
    channels = geometry.inputChannels
    perSample = geometry.outputSize.reduce(1, *)
    pixelsPerSample = geometry.inputSize.reduce(1, *)
  }

  /// The pixels of a window that lie inside the input, in row-major order, counted over the whole batch.
  private func pixels(of window: Int) -> [Int] {
    var place = window % perSample
    var starts = [Int](repeating: 0, count: geometry.outputSize.count)
    for axis in starts.indices.reversed() {
      starts[axis] = place % geometry.outputSize[axis] * geometry.strides[axis] - geometry.paddingBefore[axis]
      place /= geometry.outputSize[axis]
    }
    var pixels = [window / perSample]
    for axis in starts.indices {
      let size = geometry.inputSize[axis]
      let inside = max(starts[axis], 0)..<max(min(starts[axis] + geometry.kernelSize[axis], size), 0)
      pixels = pixels.flatMap { pixel in inside.map { pixel * size + $0 } }
    }
    return pixels
  }

  func gather<S: BinaryFloatingPoint>(
    _ window: Int, _ x: UnsafePointer<S>, _ values: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>
  ) {
    let pixels = pixels(of: window)
    for channel in 0..<channels {
      var best: Int?
      for pixel in pixels {
        let index = pixel * channels + channel
        if let known = best, !(x[index] > x[known] || (x[index].isNaN && !x[known].isNaN)) { continue }
        best = index
      }
      y[window * channels + channel] = best.map { values[$0] } ?? 0
    }
  }
}
