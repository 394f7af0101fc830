internal import CKernels

/// Elements of the second input where the first (bool) is true, of the third elsewhere; all three broadcast.
/// The second and third have one dtype, which may be any.
public struct Select: Operation {
  public static let name = "select"

  public init() {}

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 3)
    try expect(inputs[0], .bool, "select's condition")
    try expectEqualDTypes(inputs[1], inputs[2])
    let values = TensorSpec(try broadcast(inputs[1], inputs[2]), inputs[1].dtype)
    return [TensorSpec(try broadcast(inputs[0], values), values.dtype)]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { elementwiseOverwritable(inputs, [1, 2]) }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (condition, a, b, y) = (inputs[0], inputs[1], inputs[2], outputs[0])
    guard y.elementCount > 0 else { return }
    BroadcastPlan(y.shape, condition.shape, a.shape, b.shape).withPointers { p in
      ck_select(
        condition.source(), p.a, a.pointer, p.b, b.pointer, p.c, y.pointer, y.dtype.byteCount, p.dims, p.rank,
        Execution.threads32)
    }
  }
}

extension Tensor {
  /// `a` where `condition` (bool) is true, `b` elsewhere; the three broadcast.
  public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    apply(Select(), condition, a, b)
  }
}
