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

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { runKernel(inputs, outputs) }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let (isDouble, threads) = (request.inputs[1].dtype == .float64, Int32(clamping: request.threads))
    guard request.outputs[0].elementCount > 0, let raw = try? geometry().raw else { return Kernel { _ in } }
    return Kernel { arguments in
      var raw = raw
      let taps = arguments.input(0, UInt8.self)
      if isDouble {
        ck_max_pool_gradient_from_taps_f64(&raw, taps, arguments.input(1), arguments.output(0), threads)
      } else {
        ck_max_pool_gradient_from_taps_f32(&raw, taps, arguments.input(1), arguments.output(0), threads)
      }
    }
  }
}
