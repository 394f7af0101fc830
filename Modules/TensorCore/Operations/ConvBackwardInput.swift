internal import CKernels

/// The gradient of a convolution's input; also the forward pass of Keras's Conv1D/2D/3DTranspose.
///
/// Inputs dy `[batch, spatial..., out]` and kernel `[spatial..., in / groups, out]`; output `inputShape`, the shape
/// `[batch, spatial..., in]` of the convolution's input. float32, float64, or bfloat16 with
/// sums in float32.
public struct ConvBackwardInput: Operation {
  public static let name = "conv_backward_input"

  public var strides: [Int]
  public var padding: ConvPadding
  public var dilation: [Int]
  public var groups: Int
  public var inputShape: Shape

  public init(
    strides: [Int], padding: ConvPadding = .valid, dilation: [Int]? = nil, groups: Int = 1, inputShape: Shape
  ) {
    self.strides = strides
    self.padding = padding
    self.dilation = dilation ?? strides.map { _ in 1 }
    self.groups = groups
    self.inputShape = inputShape
  }

  /// The sizes of the convolution whose gradient this is; throws where the kernel does not fit.
  public func geometry(kernel: Shape) throws(CoreError) -> ConvGeometry {
    try ConvGeometry(
      convolution: Self.name, input: inputShape, kernel: kernel, strides: strides, padding: padding,
      dilation: dilation, groups: groups)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectProductFloating(inputs[0])
    try expectSameDType(inputs)
    try expectShape(inputs[0], geometry(kernel: inputs[1].shape).outputShape, "dy")
    return [TensorSpec(inputShape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .bfloat16 { return evaluateWidened(inputs, into: &outputs) }
    let (dy, kernel, dx) = (inputs[0], inputs[1], outputs[0])
    guard dx.elementCount > 0, var raw = try? geometry(kernel: kernel.shape).raw else { return }
    if dy.dtype == .float64 {
      ck_conv_backward_input_f64(&raw, dy.f64, kernel.f64, dx.f64, Execution.threads32)
    } else {
      ck_conv_backward_input_f32(&raw, dy.f32, kernel.f32, dx.f32, Execution.threads32)
    }
  }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    guard request.inputs[0].dtype == .float32, request.outputs[0].elementCount > 0,
      let raw = try? geometry(kernel: request.inputs[1].shape).raw
    else { return nil }
    let threads = Int32(clamping: request.threads)
    return Kernel { arguments in
      var raw = raw
      ck_conv_backward_input_f32(
        &raw, arguments.inputs[0].assumingMemoryBound(to: Float.self),
        arguments.inputs[1].assumingMemoryBound(to: Float.self),
        arguments.outputs[0].assumingMemoryBound(to: Float.self), threads)
    }
  }
}
