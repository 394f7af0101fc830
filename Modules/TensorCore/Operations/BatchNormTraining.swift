/// Batch normalization by the statistics of the batch itself (Ioffe & Szegedy 2015; Keras's BatchNormalization in
/// training): `gamma * (x - mean) / sqrt(variance + epsilon) + beta` per channel; then a residual is added and an
/// activation applied, where there are any.
///
/// Inputs x `[..., channels]`, gamma `[channels]`, beta `[channels]` and, with `hasResidual`, a residual like x; outputs y
/// like x, mean `[channels]` and biased variance `[channels]`. float32 or float64.
public struct BatchNormTraining: Operation {
  public static let name = "batch_norm_training"

  public var epsilon: Double
  /// `linear`, `relu` or `relu6`.
  public var activation: FusableActivation
  public var hasResidual: Bool

  public init(epsilon: Double, activation: FusableActivation = .linear, hasResidual: Bool = false) {
    self.epsilon = epsilon
    self.activation = activation
    self.hasResidual = hasResidual
  }

  public var outputCount: Int { 3 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: hasResidual ? 4 : 3)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    guard inputs[0].rank >= 2 else {
      throw CoreError(.shapeMismatch, "batch_norm_training: found input \(inputs[0]), expected [batch, ..., channels]")
    }
    guard activation.bounds != nil else {
      throw CoreError(.invalidArgument, "batch_norm_training: found \(activation), expected linear, relu or relu6")
    }
    let channels: Shape = [inputs[0].shape[-1]]
    try expectShape(inputs[1], channels, "gamma")
    try expectShape(inputs[2], channels, "beta")
    if hasResidual { try expectShape(inputs[3], inputs[0].shape, "residual") }
    return [inputs[0], inputs[1], inputs[1]]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [hasResidual ? [3, 0] : [0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, mean, variance) = (inputs[0], outputs[1], outputs[2])
    Moments.compute(x, mean: mean, variance: variance)
    let (scale, shift) = Self.factors(
      gamma: inputs[1], beta: inputs[2], mean: mean, variance: variance, epsilon: epsilon)
    ScaleShift.compute(
      x, scale: scale, shift: shift, residual: hasResidual ? inputs[3] : nil, bounds: activation.bounds!,
      into: outputs[0])
  }

  /// What x is multiplied by, and what is added then, per channel.
  static func factors(
    gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, epsilon: Double
  ) -> (scale: Tensor, shift: Tensor) {
    let (scale, shift) = (Tensor(uninitialized: gamma.spec), Tensor(uninitialized: gamma.spec))
    if gamma.dtype == .float64 {
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
    return (scale, shift)
  }
}

extension FusableActivation {
  /// What the function cuts its argument off at, where that is all that it does.
  var bounds: ClosedRange<Double>? {
    switch self {
    case .linear: -.infinity ... .infinity
    case .relu: 0 ... .infinity
    case .relu6: 0...6
    default: nil
    }
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
