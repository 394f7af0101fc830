internal import CKernels

/// The numbers `start + i * step` for i in `0..<count`: `[count]`; no inputs.
public struct RangeFill: Operation {
  public static let name = "range"

  public var start: Double
  public var step: Double
  public var count: Int
  public var dtype: DType

  public init(start: Double, step: Double, count: Int, dtype: DType) {
    self.start = start
    self.step = step
    self.count = count
    self.dtype = dtype
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 0)
    guard count >= 0 else { throw mismatch(nil, "found count \(count), expected none below 0") }
    let last = start + Double(max(count - 1, 0)) * step
    guard dtype.isFloating || (dtype.holds(start) && dtype.holds(last) && step == step.rounded()) else {
      throw CoreError(
        .dtypeMismatch, "range: found \(start) to \(last) in steps of \(step), which \(dtype.rawValue) cannot hold")
    }
    return [TensorSpec([count], dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (y, threads) = (outputs[0], Execution.threads32)
    switch dtype {
    case .float32: ck_range_f32(Float(start), Float(step), y.destination(), count, threads)
    case .float64: ck_range_f64(start, step, y.destination(), count, threads)
    case .int64: ck_range_i64(Int64(start), Int64(step), y.destination(), count, threads)
    default:
      let wide = Tensor(uninitialized: TensorSpec([count], .float64))
      withExtendedLifetime(wide) {
        ck_range_f64(start, step, wide.destination(), count, threads)
        ck_cast(wide.pointer, CK_F64, y.pointer, dtype.kernel, count, threads)
      }
    }
  }
}

extension Tensor {
  /// `start`, `start + step`, ...: `[count]`
  public static func range(
    start: Double = 0, step: Double = 1, count: Int, dtype: DType = .int64
  ) -> Tensor {
    apply(RangeFill(start: start, step: step, count: count, dtype: dtype), [])[0]
  }

  /// The numbers of a range: `[range.count]`
  public static func range(_ range: Range<Int>, dtype: DType = .int64) -> Tensor {
    self.range(start: Double(range.lowerBound), count: range.count, dtype: dtype)
  }
}
