internal import CKernels

/// Random integers in `low..<high`, all equally likely, int32 or int64. Input: a key's base, int64 `[2]`. An element
/// depends on the key, the stream and its position alone, not on threads.
public struct RandomIntegers: Operation {
  public static let name = "random_integers"

  public var spec: TensorSpec
  public var stream: UInt64
  public var low: Int64
  /// Not included.
  public var high: Int64

  public init(spec: TensorSpec, stream: UInt64, low: Int64, high: Int64) {
    self.spec = spec
    self.stream = stream
    self.low = low
    self.high = high
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expectKey(inputs)
    guard spec.dtype == .int32 || spec.dtype == .int64 else {
      throw CoreError(.dtypeMismatch, "\(Self.name): found \(spec), expected int32 or int64")
    }
    guard low < high, spec.dtype == .int64 || (Int32(exactly: low) != nil && Int32(exactly: high) != nil) else {
      throw CoreError(
        .invalidArgument,
        "\(Self.name): found the range \(low)..<\(high), expected one with elements that \(spec.dtype.rawValue) can hold"
      )
    }
    return [spec]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let ((a, b), y, threads) = (words(inputs[0]), outputs[0], Execution.threads32)
    if spec.dtype == .int32 {
      ck_random_integers_i32(a, b, stream, Int32(low), Int32(high), y.destination(), y.elementCount, threads)
    } else {
      ck_random_integers_i64(a, b, stream, low, high, y.destination(), y.elementCount, threads)
    }
  }
}

extension Tensor {
  /// Random integers of a range, all equally likely.
  public static func randomIntegers(
    _ shape: Shape, in range: Range<Int64>, dtype: DType = .int64, key: RandomKey
  ) -> Tensor {
    let spec = TensorSpec(shape, dtype)
    return apply(
      RandomIntegers(spec: spec, stream: key.stream, low: range.lowerBound, high: range.upperBound), key.base)
  }

  public static func randomIntegers(
    _ shape: Shape, in range: ClosedRange<Int64>, dtype: DType = .int64, key: RandomKey
  ) -> Tensor {
    randomIntegers(shape, in: Range(range), dtype: dtype, key: key)
  }
}
