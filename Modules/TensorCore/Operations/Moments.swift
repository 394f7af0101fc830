internal import CKernels

/// Mean and biased variance of each channel, over all axes but the last.
///
/// Input `[..., channels]` of rank 2 or more; outputs mean `[channels]` and variance `[channels]`. float32 or float64.
public struct Moments: Operation {
  public static let name = "moments"

  public init() {}

  public var outputCount: Int { 2 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectFloating(inputs[0])
    guard inputs[0].rank >= 2 else {
      throw CoreError(.shapeMismatch, "moments: found input \(inputs[0]), expected [batch, ..., channels]")
    }
    return [TensorSpec](repeating: TensorSpec([inputs[0].shape[-1]], inputs[0].dtype), count: 2)
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, mean, variance) = (inputs[0], outputs[0], outputs[1])
    let channels = x.shape[-1]
    guard channels > 0 else { return }
    let rows = x.elementCount / channels
    if x.dtype == .float64 {
      ck_moments_f64(x.f64, mean.f64, variance.f64, rows, channels, Execution.threads32)
    } else {
      ck_moments_f32(x.f32, mean.f32, variance.f32, rows, channels, Execution.threads32)
    }
  }
}

extension Tensor {
  /// Mean and biased variance of each channel of self `[..., channels]`, both `[channels]`.
  public func moments() -> (mean: Tensor, variance: Tensor) {
    let results = Tensor.apply(Moments(), [self])
    return (results[0], results[1])
  }
}
