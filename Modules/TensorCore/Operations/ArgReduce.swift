internal import CKernels

/// The position of the largest or smallest element along an axis, int64. The first occurrence wins, and the first NaN
/// wins over every number, as in NumPy.
public struct ArgReduce: Operation {
  public static let name = "arg_reduce"

  public var op: ArgReduceFunction
  /// Counted from the front.
  public var axis: Int
  public var keepDims: Bool

  public init(op: ArgReduceFunction, axis: Int, keepDims: Bool) {
    self.op = op
    self.axis = axis
    self.keepDims = keepDims
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectArithmetic(inputs[0], "arg\(op.rawValue)")
    try expectAxis(axis, of: inputs[0])
    var shape = inputs[0].shape
    guard shape[axis] > 0 else {
      throw mismatch("arg\(op.rawValue)", "found \(inputs[0]), expected elements along axis \(axis)")
    }
    if keepDims { shape[axis] = 1 } else { shape.remove(at: axis) }
    return [TensorSpec(shape, .int64)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y, threads) = (inputs[0], outputs[0], Execution.threads32)
    let (outer, count, inner) = x.shape.around(axis)
    let isMax: Int32 = op == .max ? 1 : 0
    switch x.dtype {
    case .float32: ck_arg_reduce_f32(isMax, x.source(), y.destination(), outer, count, inner, threads)
    case .float64: ck_arg_reduce_f64(isMax, x.source(), y.destination(), outer, count, inner, threads)
    case .int32: ck_arg_reduce_i32(isMax, x.source(), y.destination(), outer, count, inner, threads)
    case .int64: ck_arg_reduce_i64(isMax, x.source(), y.destination(), outer, count, inner, threads)
    case .uint8: ck_arg_reduce_u8(isMax, x.source(), y.destination(), outer, count, inner, threads)
    default: x.dtype.hasNoKernel("arg\(op.rawValue)")
    }
  }
}

extension Tensor {
  /// The position of the largest element along an axis, int64.
  public func argMax(axis: Int = -1, keepDims: Bool = false) -> Tensor {
    Tensor.apply(ArgReduce(op: .max, axis: shape.resolved(axis), keepDims: keepDims), self)
  }

  /// The position of the smallest element along an axis, int64.
  public func argMin(axis: Int = -1, keepDims: Bool = false) -> Tensor {
    Tensor.apply(ArgReduce(op: .min, axis: shape.resolved(axis), keepDims: keepDims), self)
  }
}
