internal import CKernels

/// Layer normalization over the last axis (Ba, Kiros & Hinton 2016; Keras's LayerNormalization):
/// `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, mean and biased variance of each row.
///
/// Inputs x `[..., channels]`, gamma `[channels]`, beta `[channels]`; outputs y like x, mean `[...]` and inverse standard
/// deviation `[...]`, which the gradient needs. float32 or float64.
public struct LayerNorm: Operation {
  public static let name = "layer_norm"

  public var epsilon: Double

  public init(epsilon: Double) { self.epsilon = epsilon }

  public var outputCount: Int { 3 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 3)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    guard inputs[0].rank >= 1 else {
      throw CoreError(.shapeMismatch, "layer_norm: found input \(inputs[0]), expected [..., channels]")
    }
    let channels: Shape = [inputs[0].shape[-1]]
    try expectShape(inputs[1], channels, "gamma")
    try expectShape(inputs[2], channels, "beta")
    let row = TensorSpec(inputs[0].shape[0..<inputs[0].rank - 1], inputs[0].dtype)
    return [inputs[0], row, row]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, gamma, beta, y, mean, inverse) = (inputs[0], inputs[1], inputs[2], outputs[0], outputs[1], outputs[2])
    let (rows, width, threads) = (mean.elementCount, x.shape[-1], Execution.threads32)
    guard rows > 0, width > 0 else {
      for output in outputs { output.clear() }
      return
    }
    if x.dtype == .float64 {
      ck_layer_norm_f64(x.f64, gamma.f64, beta.f64, y.f64, mean.f64, inverse.f64, rows, width, epsilon, threads)
    } else {
      ck_layer_norm_f32(x.f32, gamma.f32, beta.f32, y.f32, mean.f32, inverse.f32, rows, width, epsilon, threads)
    }
  }
}

extension Tensor {
  /// Self `[..., channels]` with each row brought to mean 0 and variance 1, then scaled and shifted by gamma and beta
  /// `[channels]`.
  public func layerNormalized(gamma: Tensor, beta: Tensor, epsilon: Double) -> Tensor {
    Tensor.apply(LayerNorm(epsilon: epsilon), [self, gamma, beta])[0]
  }
}
