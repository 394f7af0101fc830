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

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { runKernel(inputs, outputs) }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let (input, threads) = (request.inputs[0], Int32(clamping: request.threads))
    let geometry = try? ConvGeometry(
      pooling: Self.name, input: input.shape, window: window, strides: strides, padding: padding)
    guard request.outputs[0].elementCount > 0, let raw = geometry?.raw else { return Kernel { _ in } }
    let isDouble = input.dtype == .float64
    return Kernel { arguments in
      var raw = raw
      let taps = arguments.output(1, UInt8.self)
      if isDouble {
        _ = ck_max_pool_taps_f64(&raw, arguments.input(0), arguments.output(0), taps, threads)
      } else {
        _ = ck_max_pool_taps_f32(&raw, arguments.input(0), arguments.output(0), taps, threads)
      }
    }
  }
}
