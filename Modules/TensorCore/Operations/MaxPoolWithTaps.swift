internal import CKernels

/// Maximum pooling that also writes down where each maximum is, so that its gradient needs neither input nor output.
///
/// Input `[batch, spatial..., channels]`; outputs the pooled y and, of the same shape, uint8 taps: the number of the first
/// maximum in its window in row-major order, 255 where a window lies wholly in the padding. float32 or float64; windows of
/// at most 255 positions. Training plans make it of `Pool`; it has no gradient itself.
public struct MaxPoolWithTaps: Operation {
  public static let name = "max_pool_with_taps"

  public var window: [Int]
  public var strides: [Int]
  public var padding: ConvPadding

  /// The most positions that a window may have.
  public static let mostTaps = 255

  /// `strides` are the window's size unless given.
  public init(window: [Int], strides: [Int]? = nil, padding: ConvPadding = .valid) {
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
  }

  public var outputCount: Int { 2 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectFloating(inputs[0])
    let geometry = try ConvGeometry(
      pooling: Self.name, input: inputs[0].shape, window: window, strides: strides, padding: padding)
    guard window.reduce(1, *) <= Self.mostTaps else {
      throw CoreError(.invalidArgument, "\(Self.name): found window \(window), expected at most 255 positions")
    }
    return [TensorSpec(geometry.outputShape, inputs[0].dtype), TensorSpec(geometry.outputShape, .uint8)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y, threads) = (inputs[0], outputs[0], Execution.threads32)
    let taps = outputs[1].pointer.assumingMemoryBound(to: UInt8.self)
    guard y.elementCount > 0,
      var raw = try? ConvGeometry(
        pooling: Self.name, input: x.shape, window: window, strides: strides, padding: padding
      ).raw
    else { return }
    if x.dtype == .float64 {
      _ = ck_max_pool_taps_f64(&raw, x.f64, y.f64, taps, threads)
    } else {
      _ = ck_max_pool_taps_f32(&raw, x.f32, y.f32, taps, threads)
    }
  }
}
