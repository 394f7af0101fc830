internal import CKernels

/// Convolution (cross-correlation, as Keras's Conv1D/2D/3D): `activation(product + bias + residual)`.
///
/// Inputs x `[batch, spatial..., in]`, kernel `[spatial..., in / groups, out]`, with `hasBias` bias `[out]` and last, with
/// `hasResidual`, a residual like the output `[batch, spatial..., out]`. The number of spatial axes is that of `strides`.
/// float32, float64, or bfloat16 with sums in float32 and, if so wished, a float32 bias.
public struct Conv: Operation {
  public static let name = "conv"

  public var strides: [Int]
  public var padding: ConvPadding
  public var dilation: [Int]
  public var groups: Int
  public var activation: FusableActivation
  public var hasBias: Bool
  public var hasResidual: Bool

  public init(
    strides: [Int], padding: ConvPadding = .valid, dilation: [Int]? = nil, groups: Int = 1,
    activation: FusableActivation = .linear, hasBias: Bool = false, hasResidual: Bool = false
  ) {
    self.strides = strides
    self.padding = padding
    self.dilation = dilation ?? strides.map { _ in 1 }
    self.groups = groups
    self.activation = activation
    self.hasBias = hasBias
    self.hasResidual = hasResidual
  }

  /// Which input is the bias; nil without one.
  public var biasIndex: Int? { hasBias ? 2 : nil }
  /// Which input is the residual; nil without one.
  public var residualIndex: Int? { hasResidual ? (hasBias ? 3 : 2) : nil }

  /// The sizes for these shapes; throws where they do not fit.
  public func geometry(input: Shape, kernel: Shape) throws(CoreError) -> ConvGeometry {
    try ConvGeometry(
      convolution: Conv.name, input: input, kernel: kernel, strides: strides, padding: padding, dilation: dilation,
      groups: groups)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2 + (hasBias ? 1 : 0) + (hasResidual ? 1 : 0))
    try expectProductFloating(inputs[0])
    try expectProductDTypes(inputs, bias: biasIndex)
    let geometry = try geometry(input: inputs[0].shape, kernel: inputs[1].shape)
    if hasBias { try expectShape(inputs[2], [geometry.outputChannels], "bias") }
    if let residualIndex { try expectShape(inputs[residualIndex], geometry.outputShape, "residual") }
    return [TensorSpec(geometry.outputShape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .bfloat16 { return evaluateWidened(inputs, into: &outputs) }
    let (x, kernel, y) = (inputs[0], inputs[1], outputs[0])
    guard y.elementCount > 0, var raw = try? geometry(input: x.shape, kernel: kernel.shape).raw else { return }
    let (kind, alpha, threads) = (activation.kernel, activation.alpha, Execution.threads32)
    let (bias, residual) = (biasIndex.map { inputs[$0] }, residualIndex.map { inputs[$0] })
    if x.dtype == .float64 {
      ck_conv_f64(&raw, x.f64, kernel.f64, bias?.f64, residual?.f64, kind, alpha, y.f64, threads)
    } else {
      ck_conv_f32(&raw, x.f32, kernel.f32, bias?.f32, residual?.f32, kind, Float(alpha), y.f32, threads)
    }
  }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    guard request.inputs[0].dtype == .float32, request.outputs[0].elementCount > 0,
      let raw = try? geometry(input: request.inputs[0].shape, kernel: request.inputs[1].shape).raw
    else { return nil }
    let (kind, alpha, threads) = (activation.kernel, Float(activation.alpha), Int32(clamping: request.threads))
    let (bias, residual) = (biasIndex, residualIndex)
    return Kernel { arguments in
      var raw = raw
      let float = { (pointer: UnsafeRawPointer) in pointer.assumingMemoryBound(to: Float.self) }
      ck_conv_f32(
        &raw, float(arguments.inputs[0]), float(arguments.inputs[1]), bias.map { float(arguments.inputs[$0]) },
        residual.map { float(arguments.inputs[$0]) }, kind, alpha,
        arguments.outputs[0].assumingMemoryBound(to: Float.self), threads)
    }
  }
}

extension Tensor {
  /// Convolution of self `[batch, spatial..., in]` with `kernel` `[spatial..., in / groups, out]`, plus `bias` `[out]`,
  /// plus `residual` `[batch, spatial..., out]`, through `activation`. Strides and dilation are 1 along every axis unless
  /// given.
  public func conv(
    _ kernel: Tensor, _ bias: Tensor? = nil, strides: [Int]? = nil, padding: ConvPadding = .valid,
    dilation: [Int]? = nil, groups: Int = 1, activation: FusableActivation = .linear, residual: Tensor? = nil
  ) -> Tensor {
    let ones = [Int](repeating: 1, count: Swift.max(kernel.rank - 2, 0))
    let operation = Conv(
      strides: strides ?? ones, padding: padding, dilation: dilation ?? ones, groups: groups, activation: activation,
      hasBias: bias != nil, hasResidual: residual != nil)
    return Tensor.apply(operation, [self, kernel] + [bias, residual].compactMap { $0 })[0]
  }
}
