internal import CKernels

/// The gradient of max pooling: dy goes to the first maximum of each window, in row-major order.
///
/// Inputs x `[batch, spatial..., channels]`, dy of the pooled shape and, with `hasPooled`, the pooled y, which saves
/// computing it again; output like x. float32 or float64.
public struct MaxPoolGradient: Operation {
  public static let name = "max_pool_gradient"

  public var window: [Int]
  public var strides: [Int]
  public var padding: ConvPadding
  public var hasPooled: Bool

  public init(window: [Int], strides: [Int]? = nil, padding: ConvPadding = .valid, hasPooled: Bool = false) {
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
    self.hasPooled = hasPooled
  }

  public func geometry(input: Shape) throws(CoreError) -> ConvGeometry {
    try ConvGeometry(pooling: Self.name, input: input, window: window, strides: strides, padding: padding)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: hasPooled ? 3 : 2)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    let pooled = try geometry(input: inputs[0].shape).outputShape
    try expectShape(inputs[1], pooled, "dy")
    if hasPooled { try expectShape(inputs[2], pooled, "y") }
    return [inputs[0]]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, dy, dx, threads) = (inputs[0], inputs[1], outputs[0], Execution.threads32)
    guard dx.elementCount > 0, var raw = try? geometry(input: x.shape).raw else { return }
    let y = hasPooled ? inputs[2] : Tensor(uninitialized: dy.spec)
    if x.dtype == .float64 {
      if !hasPooled { ck_max_pool_f64(&raw, x.f64, y.f64, threads) }
      ck_max_pool_gradient_f64(&raw, x.f64, y.f64, dy.f64, dx.f64, threads)
    } else {
      if !hasPooled { ck_max_pool_f32(&raw, x.f32, y.f32, threads) }
      ck_max_pool_gradient_f32(&raw, x.f32, y.f32, dy.f32, dx.f32, threads)
    }
  }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    guard hasPooled, request.inputs[0].dtype == .float32, request.outputs[0].elementCount > 0,
      let raw = try? geometry(input: request.inputs[0].shape).raw
    else { return nil }
    let threads = Int32(clamping: request.threads)
    return Kernel { arguments in
      var raw = raw
      let float = { (pointer: UnsafeRawPointer) in pointer.assumingMemoryBound(to: Float.self) }
      ck_max_pool_gradient_f32(
        &raw, float(arguments.inputs[0]), float(arguments.inputs[2]), float(arguments.inputs[1]),
        arguments.outputs[0].assumingMemoryBound(to: Float.self), threads)
    }
  }
}
