/// Batch normalization by the statistics of the batch itself (Ioffe & Szegedy 2015; Keras's BatchNormalization in
/// training): `gamma * (x - mean) / sqrt(variance + epsilon) + beta` per channel.
///
/// Inputs x `[..., channels]`, gamma `[channels]`, beta `[channels]`; outputs y like x, mean `[channels]` and biased
/// variance `[channels]`. float32 or float64.
public struct BatchNormTraining: Operation {
  public static let name = "batch_norm_training"

  public var epsilon: Double

  public init(epsilon: Double) { self.epsilon = epsilon }

  public var outputCount: Int { 3 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 3)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    guard inputs[0].rank >= 2 else {
      throw CoreError(.shapeMismatch, "batch_norm_training: found input \(inputs[0]), expected [batch, ..., channels]")
    }
    let channels: Shape = [inputs[0].shape[-1]]
    try expectShape(inputs[1], channels, "gamma")
    try expectShape(inputs[2], channels, "beta")
    return [inputs[0], inputs[1], inputs[1]]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, gamma, beta, mean, variance) = (inputs[0], inputs[1], inputs[2], outputs[1], outputs[2])
    Moments.compute(x, mean: mean, variance: variance)
    let (scale, shift) = (Tensor(uninitialized: gamma.spec), Tensor(uninitialized: gamma.spec))
    if x.dtype == .float64 {
      for channel in 0..<gamma.elementCount {
        scale.f64[channel] = gamma.f64[channel] / (variance.f64[channel] + epsilon).squareRoot()
        shift.f64[channel] = beta.f64[channel] - mean.f64[channel] * scale.f64[channel]
      }
    } else {
      for channel in 0..<gamma.elementCount {
        scale.f32[channel] = gamma.f32[channel] / (variance.f32[channel] + Float(epsilon)).squareRoot()
        shift.f32[channel] = beta.f32[channel] - mean.f32[channel] * scale.f32[channel]
      }
    }
    ScaleShift.compute(x, scale: scale, shift: shift, into: outputs[0])
  }
}

extension Tensor {
  /// Self `[..., channels]` normalized by its own statistics, and those: mean and biased variance, `[channels]`.
  public func batchNormalized(
    gamma: Tensor, beta: Tensor, epsilon: Double
  ) -> (y: Tensor, mean: Tensor, variance: Tensor) {
    let results = Tensor.apply(BatchNormTraining(epsilon: epsilon), [self, gamma, beta])
    return (results[0], results[1], results[2])
  }
}
