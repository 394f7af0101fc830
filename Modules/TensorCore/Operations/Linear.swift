internal import CKernels

/// A dense layer's arithmetic: `activation(x · kernel + bias)` over the last axis of x.
///
/// Inputs x `[..., in]`, kernel `[in, out]` and, with `hasBias`, bias `[out]`; output `[..., out]`. float32 or float64.
public struct Linear: Operation {
  public static let name = "linear"

  public var activation: FusableActivation
  public var hasBias: Bool

  public init(activation: FusableActivation = .linear, hasBias: Bool) {
    self.activation = activation
    self.hasBias = hasBias
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: hasBias ? 3 : 2)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
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
    return [TensorSpec(shape, x.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, kernel, y) = (inputs[0], inputs[1], outputs[0])
    let (k, n) = (kernel.shape[0], kernel.shape[1])
    guard y.elementCount > 0 else { return }
    let (m, threads) = (y.elementCount / n, Execution.threads32)
    if k == 0 { y.clear() }
    let (kind, alpha) = (activation.kernel, activation.alpha)
    let isPlain = activation == .linear && !hasBias
    if x.dtype == .float64 {
      if k > 0 { ck_gemm_f64(0, 0, m, n, k, x.f64, k, kernel.f64, n, 0, y.f64, n, threads) }
      if isPlain { return }
      ck_bias_activation_f64(kind, alpha, y.f64, hasBias ? inputs[2].f64 : nil, y.f64, m, n, threads)
    } else {
      if k > 0 { ck_gemm_f32(0, 0, m, n, k, x.f32, k, kernel.f32, n, 0, y.f32, n, threads) }
      if isPlain { return }
      ck_bias_activation_f32(kind, Float(alpha), y.f32, hasBias ? inputs[2].f32 : nil, y.f32, m, n, threads)
    }
  }
}

extension Tensor {
  /// `activation(self · kernel + bias)`: self `[..., in]`, kernel `[in, out]`, bias `[out]`, result `[..., out]`.
  public func linear(_ kernel: Tensor, _ bias: Tensor? = nil, activation: FusableActivation = .linear) -> Tensor {
    let operation = Linear(activation: activation, hasBias: bias != nil)
    return Tensor.apply(operation, bias.map { [self, kernel, $0] } ?? [self, kernel])[0]
  }
}
