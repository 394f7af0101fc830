internal import CKernels

/// Reordered axes: axis i of the output is axis `permutation[i]` of the input. Any element type.
public struct Transpose: Operation {
  public static let name = "transpose"

  public var permutation: [Int]

  public init(permutation: [Int]) { self.permutation = permutation }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard permutation.sorted() == Array(0..<inputs[0].rank) else {
      throw CoreError(
        .shapeMismatch,
        "transpose: found permutation \(permutation) for an input \(inputs[0]), expected each of "
          + "0..<\(inputs[0].rank) once")
    }
    return [TensorSpec(Shape(permutation.map { inputs[0].shape[$0] }), inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    guard x.rank > 1, y.elementCount > 0 else { return y.take(x) }
    ck_transpose(
      x.pointer, y.pointer, x.shape.array, permutation, Int32(x.rank), x.dtype.byteCount, Execution.threads32)
  }

  /// Where only axes of dimension 1 change places, no element moves.
  public func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]? {
    let moving = permutation.filter { inputs[0].shape[$0] != 1 }
    return moving == moving.sorted() ? [inputs[0].aliased(as: outputs[0])] : nil
  }
}

extension Tensor {
  /// Axis i of the result is axis `permutation[i]` of self; all axes in reverse unless given.
  public func transposed(_ permutation: [Int]? = nil) -> Tensor {
    let axes = permutation ?? (0..<rank).reversed()
    return Tensor.apply(Transpose(permutation: axes.map { shape.resolved($0) }), self)
  }
}
