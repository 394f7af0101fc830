internal import CKernels

/// The input repeated along axes of length 1 and along new leading axes, as NumPy's `broadcast_to`; any dtype.
public struct BroadcastTo: Operation {
  public static let name = "broadcast_to"

  public var shape: Shape

  public init(shape: Shape) { self.shape = shape }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard Shape.broadcast(inputs[0].shape, shape) == shape else {
      throw mismatch(nil, "found \(inputs[0]), expected one that broadcasts to \(shape)")
    }
    return [TensorSpec(shape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    guard y.elementCount > 0 else { return }
    BroadcastPlan(shape, x.shape, x.shape).withPointers { p in
      ck_broadcast(x.pointer, p.a, y.pointer, x.dtype.byteCount, p.dims, p.rank, Execution.threads32)
    }
  }
}

extension Tensor {
  /// This tensor repeated to `shape` by NumPy's rules; itself where it has that shape.
  public func broadcast(to shape: Shape) -> Tensor {
    shape == self.shape ? self : Tensor.apply(BroadcastTo(shape: shape), self)
  }
}
