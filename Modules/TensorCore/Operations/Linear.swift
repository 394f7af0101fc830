internal import CKernels

/// A dense layer's arithmetic: `activation(x · kernel + bias + residual)` over the last axis of x.
///
/// Inputs x `[..., in]`, kernel `[in, out]`, with `hasBias` bias `[out]` and last, with `hasResidual`, a residual like the
/// output `[..., out]`. float32, float64, or bfloat16 with sums in float32 and, if
/// so wished, a float32 bias.
public struct Linear: Operation {
  public static let name = "linear"

  public var activation: FusableActivation
  public var hasBias: Bool
  public var hasResidual: Bool

  public init(activation: FusableActivation = .linear, hasBias: Bool, hasResidual: Bool = false) {
    self.activation = activation
    self.hasBias = hasBias
    self.hasResidual = hasResidual
  }

  /// Which input is the bias; nil without one.
  public var biasIndex: Int? { hasBias ? 2 : nil }
  /// Which input is the residual; nil without one.
  public var residualIndex: Int? { hasResidual ? (hasBias ? 3 : 2) : nil }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2 + (hasBias ? 1 : 0) + (hasResidual ? 1 : 0))
    try expectProductFloating(inputs[0])
    try expectProductDTypes(inputs, bias: biasIndex)
    let (x, kernel) = (inputs[0], inputs[1])
    guard kernel.rank == 2 else {
      throw CoreError(.shapeMismatch, "linear: found kernel \(kernel), expected [in, out]")
    }
    guard x.rank >= 1, x.shape[-1] == kernel.shape[0] else {
      throw CoreError(
        .shapeMismatch,
        "linear: found input \(x.shape) for a kernel \(kernel.shape), expected \(kernel.shape[0]) in the last axis")
    }
    if hasBias { try expectShape(inputs[2], [kernel.shape[1]], "bias") }
    var shape = x.shape
    shape[-1] = kernel.shape[1]
    if let residualIndex { try expectShape(inputs[residualIndex], shape, "residual") }
    return [TensorSpec(shape, x.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .bfloat16 { return evaluateWidened(inputs, into: &outputs) }
    let (x, kernel, y) = (inputs[0], inputs[1], outputs[0])
    let (k, n) = (kernel.shape[0], kernel.shape[1])
    guard y.elementCount > 0 else { return }
    let (m, threads) = (y.elementCount / n, Execution.threads32)
    if k == 0 { y.clear() }
    let (kind, alpha) = (activation.kernel, activation.alpha)
    let (bias, residual) = (biasIndex.map { inputs[$0] }, residualIndex.map { inputs[$0] })
    let isPlain = activation == .linear && !hasBias && !hasResidual
    if x.dtype == .float64 {
      if k > 0 { ck_gemm_f64(0, 0, m, n, k, x.f64, k, kernel.f64, n, 0, y.f64, n, threads) }
      if isPlain { return }
      ck_residual_activation_f64(kind, alpha, y.f64, bias?.f64, residual?.f64, y.f64, m, n, threads)
    } else {
      if k > 0 { ck_gemm_f32(0, 0, m, n, k, x.f32, k, kernel.f32, n, 0, y.f32, n, threads) }
      if isPlain { return }
      ck_residual_activation_f32(kind, Float(alpha), y.f32, bias?.f32, residual?.f32, y.f32, m, n, threads)
    }
  }

  /// Of one row in bfloat16: the kernel, which is most of what is read, is widened on its way.
  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let (k, n) = (request.inputs[1].shape[0], request.inputs[1].shape[1])
    guard request.inputs[0].dtype == .bfloat16, request.outputs[0].elementCount == n, n > 0, k > 0, !hasResidual,
      biasIndex.map({ request.inputs[$0].dtype == .float32 }) ?? true
    else { return nil }
    let (activation, biasIndex, threads) = (activation, biasIndex, request.threads)
    return Kernel(scratchByteCount: n * MemoryLayout<Float>.stride) { arguments in
      let sums = arguments.scratch!.assumingMemoryBound(to: Float.self)
      let bits = { (pointer: UnsafeRawPointer) in pointer.assumingMemoryBound(to: UInt16.self) }
      ck_row_product_bf16(
        n, k, bits(arguments.inputs[0]), bits(arguments.inputs[1]), sums, Int32(clamping: threads))
      let bias = biasIndex.map { arguments.inputs[$0].assumingMemoryBound(to: Float.self) }
      activation.finish(sums, bias: bias, rows: 1, columns: n, threads: threads)
      ck_cast(sums, CK_F32, arguments.outputs[0], CK_BF16, n, Int32(clamping: threads))
    }
  }
}

extension Tensor {
  /// `activation(self · kernel + bias + residual)`: self `[..., in]`, kernel `[in, out]`, bias `[out]`, residual and result
  /// `[..., out]`.
  public func linear(
    _ kernel: Tensor, _ bias: Tensor? = nil, activation: FusableActivation = .linear, residual: Tensor? = nil
  ) -> Tensor {
    let operation = Linear(activation: activation, hasBias: bias != nil, hasResidual: residual != nil)
    return Tensor.apply(operation, [self, kernel] + [bias, residual].compactMap { $0 })[0]
  }
}
