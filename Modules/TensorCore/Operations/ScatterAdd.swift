internal import CKernels

/// Rows added up by index: the gradient of `Gather`.
///
/// Inputs indices `[i...]` (int32 or int64) in `0..<size`, and updates `[a..., i..., b...]`, where `axis` is the number
/// of axes in front of the indices'; output `[a..., size, b...]`, the sum of the updates of each index. float32, float64,
/// int32 or int64. An index outside traps.
public struct ScatterAdd: Operation {
  public static let name = "scatter_add"

  public var axis: Int
  public var size: Int

  public init(axis: Int = 0, size: Int) {
    self.axis = axis
    self.size = size
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    let (indices, updates) = (inputs[0], inputs[1])
    try expectIndices(indices)
    try expectSummable(updates)
    let last = axis + indices.rank
    guard axis >= 0, size >= 0, last <= updates.rank, updates.shape[axis..<last] == indices.shape else {
      throw CoreError(
        .shapeMismatch,
        "scatter_add: found updates \(updates) for indices \(indices), expected the indices' shape from axis \(axis) on"
      )
    }
    let shape = updates.shape.array[..<axis] + [size] + updates.shape.array[last...]
    return [TensorSpec(try Shape(validating: Array(shape)), updates.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (updates, y, threads) = (inputs[1], outputs[0], Execution.threads32)
    let indices = inputs[0].asInt64
    indices.checkIndices(below: size, Self.name)
    y.clear()
    guard updates.elementCount > 0 else { return }
    let (outer, size, inner) = y.shape.around(axis)
    let (places, count) = (indices.i64, indices.elementCount)
    switch y.dtype {
    case .float64: ck_scatter_add_f64(places, updates.f64, y.f64, outer, size, inner, count, threads)
    case .int32: ck_scatter_add_i32(places, updates.i32, y.i32, outer, size, inner, count, threads)
    case .int64: ck_scatter_add_i64(places, updates.i64, y.i64, outer, size, inner, count, threads)
    default: ck_scatter_add_f32(places, updates.f32, y.f32, outer, size, inner, count, threads)
    }
  }
}

extension Operation {
  /// Throws unless the updates are of a type that scattering adds up.
  func expectSummable(_ updates: TensorSpec) throws(CoreError) {
    guard updates.dtype.isArithmetic, updates.dtype != .uint8 else {
      throw CoreError(
        .dtypeMismatch, "\(Self.name): found updates \(updates), expected float32, float64, int32 or int64; cast them")
    }
  }
}
