internal import CKernels

/// Rows of a table by index, as NumPy's `take`.
///
/// Inputs table `[a..., n, b...]` with n at `axis`, and indices `[i...]` (int32 or int64) in `0..<n`; output
/// `[a..., i..., b...]`. Any element type. An index outside traps.
public struct Gather: Operation {
  public static let name = "gather"

  public var axis: Int

  public init(axis: Int = 0) { self.axis = axis }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    let (table, indices) = (inputs[0], inputs[1])
    try expectAxis(axis, of: table)
    try expectIndices(indices)
    guard table.rank - 1 + indices.rank <= Shape.maximumRank else {
      throw CoreError(
        .shapeMismatch,
        "gather: found table \(table) and indices \(indices), expected at most \(Shape.maximumRank) axes together")
    }
    let shape = table.shape.array[..<axis] + indices.shape.array + table.shape.array[(axis + 1)...]
    return [TensorSpec(Shape(shape), table.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (table, y) = (inputs[0], outputs[0])
    let (outer, count, inner) = table.shape.around(axis)
    inputs[1].withIndices(below: count, Self.name) { indices in
      guard y.elementCount > 0 else { return }
      ck_gather(
        table.pointer, indices, y.pointer, outer, count, inner * table.dtype.byteCount, inputs[1].elementCount,
        Execution.threads32)
    }
  }
}

extension Tensor {
  /// The rows with these indices (int32 or int64) along `axis`; `indices.shape` takes the axis's place. Traps on an
  /// index outside of the axis.
  public func gathered(_ indices: Tensor, axis: Int = 0) -> Tensor {
    Tensor.apply(Gather(axis: shape.resolved(axis)), self, indices)
  }
}
