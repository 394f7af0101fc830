internal import CKernels

/// The gradient of max pooling from the taps that `MaxPoolWithTaps` wrote down: dy goes where the maxima were.
///
/// Inputs taps (uint8) and dy, both of the pooled shape; output of `inputShape`, `[batch, spatial..., channels]`. float32
/// or float64. Training plans make it of `MaxPoolGradient`, with the same numbers; it has no gradient itself.
public struct MaxPoolGradientFromTaps: Operation {
  public static let name = "max_pool_gradient_from_taps"

  public var window: [Int]
  public var strides: [Int]
  public var padding: ConvPadding
  public var inputShape: Shape

  public init(window: [Int], strides: [Int], padding: ConvPadding, inputShape: Shape) {
    self.window = window
    self.strides = strides
    self.padding = padding
    self.inputShape = inputShape
  }

  public func geometry() throws(CoreError) -> ConvGeometry {
    try ConvGeometry(pooling: Self.name, input: inputShape, window: window, strides: strides, padding: padding)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectFloating(inputs[1], "dy")
    let pooled = try geometry().outputShape
    try expectShape(inputs[1], pooled, "dy")
    guard inputs[0] == TensorSpec(pooled, .uint8) else {
      throw CoreError(.shapeMismatch, "\(Self.name): found taps \(inputs[0]), expected \(TensorSpec(pooled, .uint8))")
    }
    return [TensorSpec(inputShape, inputs[1].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (dy, dx, threads) = (inputs[1], outputs[0], Execution.threads32)
    let taps = inputs[0].pointer.assumingMemoryBound(to: UInt8.self)
    guard dx.elementCount > 0, var raw = try? geometry().raw else { return }
    if dx.dtype == .float64 {
      ck_max_pool_gradient_from_taps_f64(&raw, taps, dy.f64, dx.f64, threads)
    } else {
      ck_max_pool_gradient_from_taps_f32(&raw, taps, dy.f32, dx.f32, threads)
    }
  }
}
