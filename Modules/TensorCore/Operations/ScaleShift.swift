internal import CKernels

/// `x * scale + shift` per channel: a batch normalization with fixed statistics.
///
/// Inputs x `[..., channels]`, scale `[channels]`, shift `[channels]`; output like x. float32 or float64.
public struct ScaleShift: Operation {
  public static let name = "scale_shift"

  public init() {}

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 3)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    guard inputs[0].rank >= 1 else {
      throw CoreError(.shapeMismatch, "scale_shift: found input \(inputs[0]), expected [..., channels]")
    }
    try expectShape(inputs[1], [inputs[0].shape[-1]], "scale")
    try expectShape(inputs[2], [inputs[0].shape[-1]], "shift")
    return [inputs[0]]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, scale, shift, y) = (inputs[0], inputs[1], inputs[2], outputs[0])
    guard y.elementCount > 0 else { return }
    let (channels, threads) = (x.shape[-1], Execution.threads32)
    let rows = x.elementCount / channels
    if x.dtype == .float64 {
      ck_scale_shift_clamp_f64(
        x.f64, scale.f64, shift.f64, nil, -.infinity, .infinity, y.f64, rows, channels, threads)
    } else {
      ck_scale_shift_clamp_f32(
        x.f32, scale.f32, shift.f32, nil, -.infinity, .infinity, y.f32, rows, channels, threads)
    }
  }
}

extension Tensor {
  /// `self * scale + shift` per channel: self `[..., channels]`, scale and shift `[channels]`.
  public func scaleShift(_ scale: Tensor, _ shift: Tensor) -> Tensor {
    Tensor.apply(ScaleShift(), self, scale, shift)
  }
}
