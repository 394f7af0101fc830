internal import CKernels

/// Whether a comparison holds for each pair of elements, with NumPy's broadcasting: bool. Both operands have one dtype;
/// bool, float16 and bfloat16 can be compared for equality only. NaN is unequal to everything.
public struct Compare: Operation {
  public static let name = "compare"

  public var op: Comparison

  public init(op: Comparison) { self.op = op }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectEqualDTypes(inputs[0], inputs[1], op.rawValue)
    if op != .eq && op != .ne { try expectArithmetic(inputs[0], op.rawValue) }
    return [TensorSpec(try broadcast(inputs[0], inputs[1], op.rawValue), .bool)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (a, b, y) = (Compare.comparable(inputs[0]), Compare.comparable(inputs[1]), outputs[0])
    let (kernel, threads) = (op.kernel, Execution.threads32)
    guard y.elementCount > 0 else { return }
    withExtendedLifetime((a, b)) {
      BroadcastPlan(y.shape, a.shape, b.shape).withPointers { p in
        switch a.dtype {
        case .float32:
          ck_compare_f32(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
        case .float64:
          ck_compare_f64(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
        case .int32:
          ck_compare_i32(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
        case .int64:
          ck_compare_i64(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
        case .uint8, .bool:
          ck_compare_u8(kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, threads)
        case .float16, .bfloat16: a.dtype.hasNoKernel(op.rawValue)
        }
      }
    }
  }

  /// 16-bit floats are compared as float32, which holds them exactly.
  private static func comparable(_ tensor: Tensor) -> Tensor {
    tensor.dtype == .float16 || tensor.dtype == .bfloat16 ? tensor.cast(to: .float32) : tensor
  }
}

extension Tensor {
  public func equal(_ other: Tensor) -> Tensor { Tensor.apply(Compare(op: .eq), self, other) }
  public func notEqual(_ other: Tensor) -> Tensor { Tensor.apply(Compare(op: .ne), self, other) }
  public func less(_ other: Tensor) -> Tensor { Tensor.apply(Compare(op: .lt), self, other) }
  public func lessOrEqual(_ other: Tensor) -> Tensor { Tensor.apply(Compare(op: .le), self, other) }
  public func greater(_ other: Tensor) -> Tensor { Tensor.apply(Compare(op: .gt), self, other) }
  public func greaterOrEqual(_ other: Tensor) -> Tensor { Tensor.apply(Compare(op: .ge), self, other) }

  public func equal(_ other: Double) -> Tensor { equal(Tensor(scalar: other, dtype: dtype)) }
  public func notEqual(_ other: Double) -> Tensor { notEqual(Tensor(scalar: other, dtype: dtype)) }
  public func less(_ other: Double) -> Tensor { less(Tensor(scalar: other, dtype: dtype)) }
  public func lessOrEqual(_ other: Double) -> Tensor { lessOrEqual(Tensor(scalar: other, dtype: dtype)) }
  public func greater(_ other: Double) -> Tensor { greater(Tensor(scalar: other, dtype: dtype)) }
  public func greaterOrEqual(_ other: Double) -> Tensor { greaterOrEqual(Tensor(scalar: other, dtype: dtype)) }
}
