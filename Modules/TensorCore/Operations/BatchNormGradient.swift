internal import CKernels

/// The gradients of batch normalization by the statistics of the batch (Ioffe & Szegedy 2015).
///
/// Inputs x `[..., channels]`, dy like x, mean, inverseStd (1 / sqrt(variance + epsilon)) and gamma, all `[channels]`;
/// outputs dx like x, dgamma `[channels]`, dbeta `[channels]`. float32 or float64.
public struct BatchNormGradient: Operation {
  public static let name = "batch_norm_gradient"

  public init() {}

  public var outputCount: Int { 3 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 5)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    guard inputs[0].rank >= 2 else {
      throw CoreError(.shapeMismatch, "batch_norm_gradient: found input \(inputs[0]), expected [batch, ..., channels]")
    }
    try expectShape(inputs[1], inputs[0].shape, "dy")
    let channels: Shape = [inputs[0].shape[-1]]
    try expectShape(inputs[2], channels, "mean")
    try expectShape(inputs[3], channels, "inverse standard deviation")
    try expectShape(inputs[4], channels, "gamma")
    return [inputs[0], inputs[4], inputs[4]]
  }

  /// dx is made from x and dy after the sums over both.
  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[1, 0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, dy, mean, inverse, gamma) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    let channels = x.shape[-1]
    guard channels > 0 else { return }
    let (rows, threads) = (x.elementCount / channels, Execution.threads32)
    if x.dtype == .float64 {
      ck_batch_norm_gradient_f64(
        x.f64, dy.f64, mean.f64, inverse.f64, gamma.f64, outputs[0].f64, outputs[1].f64, outputs[2].f64, rows,
        channels, threads)
    } else {
      ck_batch_norm_gradient_f32(
        x.f32, dy.f32, mean.f32, inverse.f32, gamma.f32, outputs[0].f32, outputs[1].f32, outputs[2].f32, rows,
        channels, threads)
    }
  }
}
