internal import CKernels

/// A function of two numbers, applied elementwise with NumPy's broadcasting. Both operands have one dtype: float32,
/// float64, int32, int64 or uint8 (`atan2`: floats only).
///
/// Integers wrap around; `div` and `mod` of integers round toward minus infinity as NumPy's `floor_divide` and `mod`, and
/// a division by zero gives 0. `max` and `min` propagate NaN; `mod` takes the divisor's sign.
public struct Binary: Operation {
  public static let name = "binary"

  public var op: BinaryFunction

  public init(op: BinaryFunction) { self.op = op }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectEqualDTypes(inputs[0], inputs[1], op.rawValue)
    if op == .atan2 {
      try expectFloating(inputs[0], op.rawValue)
    } else {
      try expectArithmetic(inputs[0], op.rawValue)
    }
    return [TensorSpec(try broadcast(inputs[0], inputs[1], op.rawValue), inputs[0].dtype)]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { elementwiseOverwritable(inputs, [0, 1]) }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (a, b, y, threads) = (inputs[0], inputs[1], outputs[0], Execution.threads32)
    guard y.elementCount > 0 else { return }
    let kernel = op.kernel
    BroadcastPlan(y.shape, a.shape, b.shape).withPointers { p in
      switch a.dtype {
      case .float32:
        ck_binary_f32(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
      case .float64:
        ck_binary_f64(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
      case .int32:
        ck_binary_i32(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
      case .int64:
        ck_binary_i64(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
      case .uint8:
        ck_binary_u8(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
      default: a.dtype.hasNoKernel(op.rawValue)
      }
    }
  }
}

extension Tensor {
  /// The larger of each pair; NaN where either is NaN.
  public func maximum(_ other: Tensor) -> Tensor { Tensor.apply(Binary(op: .max), self, other) }

  public func maximum(_ other: Double) -> Tensor { maximum(Tensor(scalar: other, dtype: dtype)) }

  /// The smaller of each pair; NaN where either is NaN.
  public func minimum(_ other: Tensor) -> Tensor { Tensor.apply(Binary(op: .min), self, other) }

  public func minimum(_ other: Double) -> Tensor { minimum(Tensor(scalar: other, dtype: dtype)) }

  /// This to the power of `exponent`.
  public func pow(_ exponent: Tensor) -> Tensor { Tensor.apply(Binary(op: .pow), self, exponent) }

  public func pow(_ exponent: Double) -> Tensor { pow(Tensor(scalar: exponent, dtype: dtype)) }

  /// The remainder with the sign of `divisor`, as NumPy's `mod`.
  public func mod(_ divisor: Tensor) -> Tensor { Tensor.apply(Binary(op: .mod), self, divisor) }

  public func mod(_ divisor: Double) -> Tensor { mod(Tensor(scalar: divisor, dtype: dtype)) }

  /// (self - other)²
  public func squaredDifference(_ other: Tensor) -> Tensor { Tensor.apply(Binary(op: .squaredDifference), self, other) }

  /// The angle of the point (x: `other`, y: self).
  public func atan2(_ other: Tensor) -> Tensor { Tensor.apply(Binary(op: .atan2), self, other) }
}
