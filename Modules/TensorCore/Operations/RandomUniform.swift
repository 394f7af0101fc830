internal import CKernels

/// Uniform random numbers in `low..<high`, float32 or float64. Input: a key's base, int64 `[2]`. An element depends on
/// the key, the stream and its position alone, not on threads.
public struct RandomUniform: Operation {
  public static let name = "random_uniform"

  public var spec: TensorSpec
  public var stream: UInt64
  public var low: Double
  public var high: Double

  public init(spec: TensorSpec, stream: UInt64, low: Double, high: Double) {
    self.spec = spec
    self.stream = stream
    self.low = low
    self.high = high
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expectKey(inputs)
    try expectFloating(spec)
    return [spec]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let ((a, b), y, threads) = (words(inputs[0]), outputs[0], Execution.threads32)
    if spec.dtype == .float32 {
      ck_random_uniform_f32(a, b, stream, Float(low), Float(high), y.destination(), y.elementCount, threads)
    } else {
      ck_random_uniform_f64(a, b, stream, low, high, y.destination(), y.elementCount, threads)
    }
  }
}

extension Tensor {
  /// Uniform random numbers in `low..<high`.
  public static func randomUniform(
    _ shape: Shape, low: Double = 0, high: Double = 1, dtype: DType = .float32, key: RandomKey
  ) -> Tensor {
    let spec = TensorSpec(shape, dtype.drawn)
    return apply(RandomUniform(spec: spec, stream: key.stream, low: low, high: high), key.base).cast(to: dtype)
  }
}
