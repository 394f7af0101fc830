internal import CKernels

/// Normally distributed random numbers, drawn again where they are more than two standard deviations from the mean;
/// float32 or float64. Input: a key's base, int64 `[2]`. An element depends on the key, the stream and its position
/// alone, not on threads.
public struct RandomTruncatedNormal: Operation {
  public static let name = "random_truncated_normal"

  public var spec: TensorSpec
  public var stream: UInt64
  public var mean: Double
  public var standardDeviation: Double

  public init(spec: TensorSpec, stream: UInt64, mean: Double, standardDeviation: Double) {
    self.spec = spec
    self.stream = stream
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expectKey(inputs)
    try expectFloating(spec)
    return [spec]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let ((a, b), y, threads) = (words(inputs[0]), outputs[0], Execution.threads32)
    if spec.dtype == .float32 {
      ck_random_truncated_normal_f32(
        a, b, stream, Float(mean), Float(standardDeviation), y.destination(), y.elementCount, threads)
    } else {
      ck_random_truncated_normal_f64(a, b, stream, mean, standardDeviation, y.destination(), y.elementCount, threads)
    }
  }
}

extension Tensor {
  /// Normally distributed random numbers, drawn again where they are more than two standard deviations from the mean.
  public static func randomTruncatedNormal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32, key: RandomKey
  ) -> Tensor {
    let operation = RandomTruncatedNormal(
      spec: TensorSpec(shape, dtype.drawn), stream: key.stream, mean: mean, standardDeviation: standardDeviation)
    return apply(operation, key.base).cast(to: dtype)
  }
}
