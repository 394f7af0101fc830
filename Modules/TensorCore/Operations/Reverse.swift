internal import CKernels

/// The order of elements along some axes turned round. Any element type.
public struct Reverse: Operation {
  public static let name = "reverse"

  public var axes: [Int]

  public init(axes: [Int]) { self.axes = axes }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    for axis in axes { try expectAxis(axis, of: inputs[0]) }
    guard Set(axes).count == axes.count else {
      throw CoreError(.invalidArgument, "reverse: found axes \(axes), expected each at most once")
    }
    return [inputs[0]]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    guard y.elementCount > 0 else { return }
    guard x.rank > 0 else { return y.take(x) }
    let dimensions = x.shape.array
    let begin = dimensions.indices.map { axes.contains($0) ? dimensions[$0] - 1 : 0 }
    let steps = dimensions.indices.map { axes.contains($0) ? -1 : 1 }
    ck_strided_slice(
      x.pointer, y.pointer, dimensions, begin, steps, dimensions, Int32(x.rank), x.dtype.byteCount,
      Execution.threads32)
  }
}

extension Tensor {
  /// With the elements along `axes` in reverse order.
  public func reversed(axes: [Int]) -> Tensor {
    Tensor.apply(Reverse(axes: axes.map { shape.resolved($0) }), self)
  }
}
