internal import CKernels

/// The gradient of average pooling: every element of a window gets an equal share of its dy.
///
/// Input dy of the pooled shape; output `inputShape`, `[batch, spatial..., channels]`. float32 or float64.
public struct AveragePoolGradient: Operation {
  public static let name = "average_pool_gradient"

  public var window: [Int]
  public var strides: [Int]
  public var padding: ConvPadding
  public var inputShape: Shape

  public init(window: [Int], strides: [Int]? = nil, padding: ConvPadding = .valid, inputShape: Shape) {
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
    self.inputShape = inputShape
  }

  public func geometry() throws(CoreError) -> ConvGeometry {
    try ConvGeometry(pooling: Self.name, input: inputShape, window: window, strides: strides, padding: padding)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectFloating(inputs[0])
    try expectShape(inputs[0], geometry().outputShape, "dy")
    return [TensorSpec(inputShape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (dy, dx) = (inputs[0], outputs[0])
    guard dx.elementCount > 0, var raw = try? geometry().raw else { return }
    if dy.dtype == .float64 {
      ck_average_pool_gradient_f64(&raw, dy.f64, dx.f64, 0, Execution.threads32)
    } else {
      ck_average_pool_gradient_f32(&raw, dy.f32, dx.f32, 0, Execution.threads32)
    }
  }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    guard request.inputs[0].dtype == .float32, request.outputs[0].elementCount > 0, let raw = try? geometry().raw
    else { return nil }
    let threads = Int32(clamping: request.threads)
    return Kernel { arguments in
      var raw = raw
      ck_average_pool_gradient_f32(
        &raw, arguments.inputs[0].assumingMemoryBound(to: Float.self),
        arguments.outputs[0].assumingMemoryBound(to: Float.self), 0, threads)
    }
  }
}
