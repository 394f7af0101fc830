internal import CKernels

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

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { runKernel(inputs, outputs) }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let (channels, threads) = (request.inputs[0].shape[-1], Int32(clamping: request.threads))
    let rows = channels > 0 ? request.inputs[0].elementCount / channels : 0
    let byteCount = 2 * channels * request.inputs[0].dtype.byteCount
    let (operation, bounds) = (self, activation.bounds!)
    guard request.inputs[0].dtype == .float64 else {
      return Kernel(scratchByteCount: byteCount) { arguments in
        let (x, y) = (arguments.input(0, Float.self), arguments.output(0, Float.self))
        let (mean, variance) = (arguments.output(1, Float.self), arguments.output(2, Float.self))
        ck_moments_f32(x, mean, variance, rows, channels, threads)
        let (scale, shift) = operation.factors(arguments, mean, variance, channels)
        ck_scale_shift_clamp_f32(
          x, scale, shift, operation.hasResidual ? arguments.input(3) : nil, Float(bounds.lowerBound),
          Float(bounds.upperBound), y, rows, channels, threads)
      }
    }
    return Kernel(scratchByteCount: byteCount) { arguments in
      let (x, y) = (arguments.input(0, Double.self), arguments.output(0, Double.self))
      let (mean, variance) = (arguments.output(1, Double.self), arguments.output(2, Double.self))
      ck_moments_f64(x, mean, variance, rows, channels, threads)
      let (scale, shift) = operation.factors(arguments, mean, variance, channels)
      ck_scale_shift_clamp_f64(
        x, scale, shift, operation.hasResidual ? arguments.input(3) : nil, bounds.lowerBound, bounds.upperBound, y,
        rows,
        channels, threads)
    }
  }

  private func factors<S: KernelScalar>(
    _ arguments: borrowing KernelArguments, _ mean: UnsafeMutablePointer<S>, _ variance: UnsafeMutablePointer<S>,
    _ channels: Int
  ) -> (scale: UnsafePointer<S>, shift: UnsafePointer<S>) {
    Self.factors(
      gamma: arguments.input(1), beta: arguments.input(2), mean: mean, variance: variance, epsilon: S(epsilon),
      channels,
      into: arguments.scratch!.assumingMemoryBound(to: S.self))
  }

  /// What x is multiplied by, and what is added then, per channel.
  ///
  /// - Parameter memory: room for twice as many numbers as there are channels.
  static func factors<S: KernelScalar>(
    gamma: UnsafePointer<S>, beta: UnsafePointer<S>, mean: UnsafePointer<S>, variance: UnsafePointer<S>, epsilon: S,
    _ channels: Int, into memory: UnsafeMutablePointer<S>
  ) -> (scale: UnsafePointer<S>, shift: UnsafePointer<S>) {
    let (scale, shift) = (memory, memory + channels)
    for channel in 0..<channels {
      scale[channel] = gamma[channel] / (variance[channel] + epsilon).squareRoot()
      shift[channel] = beta[channel] - mean[channel] * scale[channel]
    }
    return (UnsafePointer(scale), UnsafePointer(shift))
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
