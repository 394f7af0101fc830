internal import CKernels

/// The gradient of a convolution's kernel, summed over the batch.
///
/// Inputs x `[batch, spatial..., in]` and dy `[batch, spatial..., out]`; output `kernelShape`, which is
/// `[spatial..., in / groups, out]`. float32, float64, or bfloat16 with
/// sums in float32.
public struct ConvBackwardKernel: Operation {
  public static let name = "conv_backward_kernel"

  public var strides: [Int]
  public var padding: ConvPadding
  public var dilation: [Int]
  public var groups: Int
  public var kernelShape: Shape

  public init(
    strides: [Int], padding: ConvPadding = .valid, dilation: [Int]? = nil, groups: Int = 1, kernelShape: Shape
  ) {
    self.strides = strides
    self.padding = padding
    self.dilation = dilation ?? strides.map { _ in 1 }
    self.groups = groups
    self.kernelShape = kernelShape
  }

  /// The sizes of the convolution whose gradient this is; throws where the input does not fit.
  public func geometry(input: Shape) throws(CoreError) -> ConvGeometry {
    try ConvGeometry(
      convolution: Self.name, input: input, kernel: kernelShape, strides: strides, padding: padding,
      dilation: dilation, groups: groups)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectProductFloating(inputs[0])
    try expectSameDType(inputs)
    try expectShape(inputs[1], geometry(input: inputs[0].shape).outputShape, "dy")
    return [TensorSpec(kernelShape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .bfloat16 { return evaluateWidened(inputs, into: &outputs) }
    let (x, dy, dKernel) = (inputs[0], inputs[1], outputs[0])
    guard dy.elementCount > 0 else { return dKernel.clear() }
    guard var raw = try? geometry(input: x.shape).raw else { return }
    if x.dtype == .float64 {
      ck_conv_backward_kernel_f64(&raw, x.f64, dy.f64, dKernel.f64, Execution.threads32)
    } else {
      ck_conv_backward_kernel_f32(&raw, x.f32, dy.f32, dKernel.f32, Execution.threads32)
    }
  }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    guard request.inputs[0].dtype == .float32, request.inputs[1].elementCount > 0,
      let raw = try? geometry(input: request.inputs[0].shape).raw
    else { return nil }
    let threads = Int32(clamping: request.threads)
    return Kernel { arguments in
      var raw = raw
      ck_conv_backward_kernel_f32(
        &raw, arguments.inputs[0].assumingMemoryBound(to: Float.self),
        arguments.inputs[1].assumingMemoryBound(to: Float.self),
        arguments.outputs[0].assumingMemoryBound(to: Float.self), threads)
    }
  }
}
