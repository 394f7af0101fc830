internal import CKernels

/// and, or, xor of two bool tensors with NumPy's broadcasting.
public struct Logical: Operation {
  public static let name = "logical"

  public var op: LogicalFunction

  public init(op: LogicalFunction) { self.op = op }

  private var title: String { "logical \(op.rawValue)" }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expect(inputs[0], .bool, title)
    try expect(inputs[1], .bool, title)
    return [TensorSpec(try broadcast(inputs[0], inputs[1], title), .bool)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (a, b, y) = (inputs[0], inputs[1], outputs[0])
    guard y.elementCount > 0 else { return }
    BroadcastPlan(y.shape, a.shape, b.shape).withPointers { p in
      ck_logical_u8(
        op.kernel, a.source(), p.a, b.source(), p.b, y.destination(), p.dims, p.rank, Execution.threads32)
    }
  }
}

extension Tensor {
  public func logicalAnd(_ other: Tensor) -> Tensor { Tensor.apply(Logical(op: .and), self, other) }
  public func logicalOr(_ other: Tensor) -> Tensor { Tensor.apply(Logical(op: .or), self, other) }
  public func logicalXor(_ other: Tensor) -> Tensor { Tensor.apply(Logical(op: .xor), self, other) }
}
