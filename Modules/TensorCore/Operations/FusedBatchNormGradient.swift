internal import CKernels

/// The gradients of `BatchNormTraining` behind an activation, without a pass of their own for the activation, for a sum of
/// two gradients that arrive, or for the sum that is the gradient of a bias in front of the normalization. Training plans
/// make it of those operations, with the same numbers; it has no gradient itself.
///
/// Inputs, in this order:
/// - x `[..., channels]`, dy like x, mean, inverseStd (1 / sqrt(variance + epsilon)) and gamma, all `[channels]`, as for
///   `BatchNormGradient`;
/// - with `hasResidual`, the output y like x; else, where there is an activation, beta and variance `[channels]`, from which y
///   is computed again;
/// - with `hasSecond`, which wants `hasResidual`, what is to be added to dy, like x.
///
/// Outputs dx like x, dgamma `[channels]`, dbeta `[channels]`; with `hasResidual`, the gradient before the activation, like x;
/// with `sumsRows`, the sum of dx over all axes but the last, `[channels]`. float32 or float64.
public struct FusedBatchNormGradient: Operation {
  public static let name = "fused_batch_norm_gradient"

  public var epsilon: Double
  /// `linear`, `relu` or `relu6`.
  public var activation: FusableActivation
  /// Whether a residual was added before the activation.
  public var hasResidual: Bool
  public var hasSecond: Bool
  public var sumsRows: Bool

  public init(
    epsilon: Double, activation: FusableActivation = .linear, hasResidual: Bool = false, hasSecond: Bool = false,
    sumsRows: Bool = false
  ) {
    self.epsilon = epsilon
    self.activation = activation
    self.hasResidual = hasResidual
    self.hasSecond = hasSecond
    self.sumsRows = sumsRows
  }

  public var outputCount: Int { 3 + (hasResidual ? 1 : 0) + (sumsRows ? 1 : 0) }

  private var inputCount: Int {
    hasResidual ? (hasSecond ? 7 : 6) : activation == .linear ? 5 : 7
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    guard activation.bounds != nil, hasResidual ? activation != .linear : !hasSecond else {
      throw CoreError(
        .invalidArgument,
        "\(Self.name): found \(activation), residual: \(hasResidual), second gradient: \(hasSecond); expected linear, relu "
          + "or relu6, a residual in front of an activation only, and a second gradient only with a residual")
    }
    try expect(inputs, count: inputCount)
    let gradients = try BatchNormGradient().infer(Array(inputs[..<5]))
    try expectSameDType(inputs)
    let further = hasResidual ? inputs[0].shape : inputs[4].shape
    for input in inputs[5...] { try expectShape(input, further, hasResidual ? "output or dy" : "beta or variance") }
    return gradients + (hasResidual ? [inputs[0]] : []) + (sumsRows ? [inputs[4]] : [])
  }

  /// The gradient before the activation is made in the first pass over all inputs, dx in the second from that and x.
  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] {
    guard hasResidual else { return [[0, 1]] }
    let readOnce = hasSecond ? [1, 6, 5] : [1, 5]
    return [[0] + readOnce, [], [], readOnce]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let x = inputs[0]
    guard x.shape[-1] > 0 else { return }
    let factors =
      hasResidual || activation == .linear
      ? nil
      : BatchNormTraining.factors(
        gamma: inputs[4], beta: inputs[5], mean: inputs[2], variance: inputs[6], epsilon: epsilon)
    if x.dtype == .float64 {
      compute(inputs, outputs, scale: factors?.scale.f64, shift: factors?.shift.f64)
    } else {
      compute(inputs, outputs, scale: factors?.scale.f32, shift: factors?.shift.f32)
    }
    withExtendedLifetime(factors) {}
  }

  private var bounds: (low: Double, high: Double) {
    (activation.bounds?.lowerBound ?? 0, activation == .relu6 ? 6 : .nan)
  }

  private func compute(
    _ inputs: [Tensor], _ outputs: [Tensor], scale: UnsafeMutablePointer<Float>?, shift: UnsafeMutablePointer<Float>?
  ) {
    let (x, dy) = (inputs[0], inputs[1])
    let channels = x.shape[-1]
    var slope = ck_norm_slope_f32(
      low: Float(bounds.low), high: Float(bounds.high), scale: scale, shift: shift,
      y: hasResidual ? inputs[5].f32 : nil, other: hasSecond ? inputs[6].f32 : nil,
      masked: hasResidual ? outputs[3].f32 : nil)
    withUnsafePointer(to: &slope) { slope in
      ck_batch_norm_fused_gradient_f32(
        x.f32, dy.f32, inputs[2].f32, inputs[3].f32, inputs[4].f32, hasResidual || scale != nil ? slope : nil,
        outputs[0].f32, outputs[1].f32, outputs[2].f32, sumsRows ? outputs[outputCount - 1].f32 : nil,
        x.elementCount / channels, channels, Execution.threads32)
    }
  }

  private func compute(
    _ inputs: [Tensor], _ outputs: [Tensor], scale: UnsafeMutablePointer<Double>?, shift: UnsafeMutablePointer<Double>?
  ) {
    let (x, dy) = (inputs[0], inputs[1])
    let channels = x.shape[-1]
    var slope = ck_norm_slope_f64(
      low: bounds.low, high: bounds.high, scale: scale, shift: shift,
      y: hasResidual ? inputs[5].f64 : nil, other: hasSecond ? inputs[6].f64 : nil,
      masked: hasResidual ? outputs[3].f64 : nil)
    withUnsafePointer(to: &slope) { slope in
      ck_batch_norm_fused_gradient_f64(
        x.f64, dy.f64, inputs[2].f64, inputs[3].f64, inputs[4].f64, hasResidual || scale != nil ? slope : nil,
        outputs[0].f64, outputs[1].f64, outputs[2].f64, sumsRows ? outputs[outputCount - 1].f64 : nil,
        x.elementCount / channels, channels, Execution.threads32)
    }
  }
}
