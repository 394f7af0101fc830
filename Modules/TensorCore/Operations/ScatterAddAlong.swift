/// Elements added up by index along an axis: the gradient of `GatherAlong`.
///
/// Inputs indices (int32 or int64) and updates, of one shape; output of that shape but with `size` at `axis`:
/// `y[i, indices[i, j, k], k] += updates[i, j, k]`, from zeros. float32, float64, int32 or int64. An index outside
/// `0..<size` traps.
public struct ScatterAddAlong: Operation {
  public static let name = "scatter_add_along"

  public var axis: Int
  public var size: Int

  public init(axis: Int, size: Int) {
    self.axis = axis
    self.size = size
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    let (indices, updates) = (inputs[0], inputs[1])
    try expectIndices(indices)
    try expectSummable(updates)
    try expectAxis(axis, of: updates)
    try expectShape(indices, updates.shape, "indices")
    var shape = updates.shape.array
    shape[axis] = size
    return [TensorSpec(try Shape(validating: shape), updates.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (updates, y) = (inputs[1], outputs[0])
    let indices = inputs[0].asInt64
    indices.checkIndices(below: size, Self.name)
    y.clear()
    let places = AlongAxis(y.shape, axis, count: updates.shape[axis])
    switch y.dtype {
    case .float64: places.forEach(indices.i64) { [s = updates.f64, t = y.f64] in t[$1] += s[$0] }
    case .int32: places.forEach(indices.i64) { [s = updates.i32, t = y.i32] in t[$1] &+= s[$0] }
    case .int64: places.forEach(indices.i64) { [s = updates.i64, t = y.i64] in t[$1] &+= s[$0] }
    default: places.forEach(indices.i64) { [s = updates.f32, t = y.f32] in t[$1] += s[$0] }
    }
  }
}
