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

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { runKernel(inputs, outputs) }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let (channels, threads) = (request.inputs[0].shape[-1], Int32(clamping: request.threads))
    let rows = channels > 0 ? request.inputs[0].elementCount / channels : 0
    let byteCount = derivesOutput ? 2 * channels * request.inputs[0].dtype.byteCount : 0
    let operation = self
    guard request.inputs[0].dtype == .float64 else {
      return Kernel(scratchByteCount: byteCount) { arguments in
        if channels > 0 { operation.compute(arguments, rows, channels, threads, Float.self) }
      }
    }
    return Kernel(scratchByteCount: byteCount) { arguments in
      if channels > 0 { operation.compute(arguments, rows, channels, threads, Double.self) }
    }
  }

  /// Whether y is computed again from x.
  private var derivesOutput: Bool { !hasResidual && activation != .linear }

  private func factors<S: KernelScalar>(
    _ arguments: borrowing KernelArguments, _ channels: Int
  ) -> (scale: UnsafePointer<S>?, shift: UnsafePointer<S>?) {
    guard derivesOutput else { return (nil, nil) }
    let (scale, shift) = BatchNormTraining.factors(
      gamma: arguments.input(4), beta: arguments.input(5), mean: arguments.input(2), variance: arguments.input(6),
      epsilon: S(epsilon), channels, into: arguments.scratch!.assumingMemoryBound(to: S.self))
    return (scale, shift)
  }

  private var bounds: (low: Double, high: Double) {
    (activation.bounds?.lowerBound ?? 0, activation == .relu6 ? 6 : .nan)
  }

  private func compute(
    _ arguments: borrowing KernelArguments, _ rows: Int, _ channels: Int, _ threads: Int32, _: Float.Type
  ) {
    let (scale, shift): (UnsafePointer<Float>?, UnsafePointer<Float>?) = factors(arguments, channels)
    var slope = ck_norm_slope_f32(
      low: Float(bounds.low), high: Float(bounds.high), scale: scale, shift: shift,
      y: hasResidual ? arguments.input(5) : nil, other: hasSecond ? arguments.input(6) : nil,
      masked: hasResidual ? arguments.output(3) : nil)
    withUnsafePointer(to: &slope) { [hasResidual, sumsRows, last = outputCount - 1] slope in
      ck_batch_norm_fused_gradient_f32(
        arguments.input(0), arguments.input(1), arguments.input(2), arguments.input(3), arguments.input(4),
        hasResidual || scale != nil ? slope : nil, arguments.output(0), arguments.output(1), arguments.output(2),
        sumsRows ? arguments.output(last) : nil, rows, channels, threads)
    }
  }

  private func compute(
    _ arguments: borrowing KernelArguments, _ rows: Int, _ channels: Int, _ threads: Int32, _: Double.Type
  ) {
    let (scale, shift): (UnsafePointer<Double>?, UnsafePointer<Double>?) = factors(arguments, channels)
    var slope = ck_norm_slope_f64(
      low: bounds.low, high: bounds.high, scale: scale, shift: shift, y: hasResidual ? arguments.input(5) : nil,
      other: hasSecond ? arguments.input(6) : nil, masked: hasResidual ? arguments.output(3) : nil)
    withUnsafePointer(to: &slope) { [hasResidual, sumsRows, last = outputCount - 1] slope in
      ck_batch_norm_fused_gradient_f64(
        arguments.input(0), arguments.input(1), arguments.input(2), arguments.input(3), arguments.input(4),
        hasResidual || scale != nil ? slope : nil, arguments.output(0), arguments.output(1), arguments.output(2),
        sumsRows ? arguments.output(last) : nil, rows, channels, threads)
    }
  }
}
