internal import CKernels

/// The gradients of layer normalization over the last axis (Ba, Kiros & Hinton 2016).
///
/// Inputs x `[..., channels]`, dy like x, mean `[...]`, inverse standard deviation `[...]` and gamma `[channels]`; outputs
/// dx like x, dgamma `[channels]`, dbeta `[channels]`. float32 or float64.
public struct LayerNormGradient: Operation {
  public static let name = "layer_norm_gradient"

  public init() {}

  public var outputCount: Int { 3 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 5)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    guard inputs[0].rank >= 1 else {
      throw CoreError(.shapeMismatch, "layer_norm_gradient: found input \(inputs[0]), expected [..., channels]")
    }
    try expectShape(inputs[1], inputs[0].shape, "dy")
    let rows = inputs[0].shape[0..<inputs[0].rank - 1]
    try expectShape(inputs[2], rows, "mean")
    try expectShape(inputs[3], rows, "inverse standard deviation")
    try expectShape(inputs[4], [inputs[0].shape[-1]], "gamma")
    return [inputs[0], inputs[4], inputs[4]]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, dy, mean, inverse, gamma) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    let (rows, width, threads) = (mean.elementCount, x.shape[-1], Execution.threads32)
    guard rows > 0, width > 0 else {
      for output in outputs { output.clear() }
      return
    }
    if x.dtype == .float64 {
      ck_layer_norm_gradient_f64(
        x.f64, dy.f64, mean.f64, inverse.f64, gamma.f64, outputs[0].f64, outputs[1].f64, outputs[2].f64, rows, width,
        threads)
    } else {
      ck_layer_norm_gradient_f32(
        x.f32, dy.f32, mean.f32, inverse.f32, gamma.f32, outputs[0].f32, outputs[1].f32, outputs[2].f32, rows, width,
        threads)
    }
  }
}
