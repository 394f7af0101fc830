internal import CKernels

/// Running sums along an axis; float32, float64, int32 or int64.
public struct CumulativeSum: Operation {
  public static let name = "cumulative_sum"

  /// Counted from the front.
  public var axis: Int
  /// Whether an element's own value is left out of its sum.
  public var exclusive: Bool
  /// Whether to sum from the end.
  public var reverse: Bool

  public init(axis: Int, exclusive: Bool, reverse: Bool) {
    self.axis = axis
    self.exclusive = exclusive
    self.reverse = reverse
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard inputs[0].dtype.isArithmetic && inputs[0].dtype != .uint8 else {
      throw CoreError(
        .dtypeMismatch, "\(Self.name): found \(inputs[0]), expected float32, float64, int32 or int64; cast it")
    }
    try expectAxis(axis, of: inputs[0])
    return inputs
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y, threads) = (inputs[0], outputs[0], Execution.threads32)
    let (outer, count, inner) = x.shape.around(axis)
    let (exclusive, reverse): (Int32, Int32) = (exclusive ? 1 : 0, reverse ? 1 : 0)
    switch x.dtype {
    case .float32: ck_cumsum_f32(x.source(), y.destination(), outer, count, inner, exclusive, reverse, threads)
    case .float64: ck_cumsum_f64(x.source(), y.destination(), outer, count, inner, exclusive, reverse, threads)
    case .int32: ck_cumsum_i32(x.source(), y.destination(), outer, count, inner, exclusive, reverse, threads)
    case .int64: ck_cumsum_i64(x.source(), y.destination(), outer, count, inner, exclusive, reverse, threads)
    default: x.dtype.hasNoKernel(Self.name)
    }
  }
}

extension Tensor {
  /// Running sums along an axis. `exclusive` leaves an element's own value out, `reverse` sums from the end.
  public func cumulativeSum(axis: Int = -1, exclusive: Bool = false, reverse: Bool = false) -> Tensor {
    let axis = shape.resolved(axis)
    return Tensor.apply(CumulativeSum(axis: axis, exclusive: exclusive, reverse: reverse), self)
  }
}
