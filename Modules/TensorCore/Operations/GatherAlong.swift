/// One element per index along an axis, as NumPy's `take_along_axis`.
///
/// Inputs x and indices (int32 or int64), of equal shape but for the dimension of `axis`, n in x; output of the indices'
/// shape, `y[i, j, k] = x[i, indices[i, j, k], k]`. Any element type. An index outside `0..<n` traps.
public struct GatherAlong: Operation {
  public static let name = "gather_along"

  public var axis: Int

  public init(axis: Int) { self.axis = axis }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    let (x, indices) = (inputs[0], inputs[1])
    try expectAxis(axis, of: x)
    try expectIndices(indices)
    var fitting = indices.shape
    if x.rank == indices.rank { fitting[axis] = x.shape[axis] }
    guard fitting == x.shape else {
      throw CoreError(
        .shapeMismatch,
        "gather_along: found input \(x) and indices \(indices), expected shapes that differ in axis \(axis) only")
    }
    return [TensorSpec(indices.shape, x.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    let indices = inputs[1].asInt64
    let places = AlongAxis(x.shape, axis, count: y.shape[axis])
    indices.checkIndices(below: places.axisCount, Self.name)
    switch y.dtype.byteCount {
    case 1: gather(UInt8.self, x, indices, y, places)
    case 2: gather(UInt16.self, x, indices, y, places)
    case 4: gather(UInt32.self, x, indices, y, places)
    default: gather(UInt64.self, x, indices, y, places)
    }
  }

  /// `Bits` is any type of the element's size: elements are moved, not looked at.
  private func gather<Bits: BitwiseCopyable>(
    _: Bits.Type, _ x: Tensor, _ indices: Tensor, _ y: Tensor, _ places: AlongAxis
  ) {
    let (source, target) = (
      x.pointer.assumingMemoryBound(to: Bits.self), y.pointer.assumingMemoryBound(to: Bits.self)
    )
    places.forEach(indices.i64) { target[$0] = source[$1] }
  }
}

/// Pairs the elements of indices `[outer, count, inner]` with those that they name in `[outer, axisCount, inner]`.
struct AlongAxis {
  let outer: Int
  let axisCount: Int
  let inner: Int
  let count: Int

  init(_ shape: Shape, _ axis: Int, count: Int) {
    (outer, axisCount, inner) = shape.around(axis)
    self.count = count
  }

  /// Calls `body` with the position of each index and the position of the element that it names.
  @inline(__always)
  func forEach(_ indices: UnsafePointer<Int64>, _ body: (_ index: Int, _ element: Int) -> Void) {
    var position = 0
    for block in 0..<outer {
      for _ in 0..<count {
        for column in 0..<inner {
          body(position, (block * axisCount + Int(indices[position])) * inner + column)
          position += 1
        }
      }
    }
  }
}

extension Tensor {
  /// One element per index along `axis`, as NumPy's `take_along_axis`; `indices` (int32 or int64) has self's shape but
  /// for that axis. Traps on an index outside of the axis.
  public func gatheredAlong(_ indices: Tensor, axis: Int) -> Tensor {
    Tensor.apply(GatherAlong(axis: shape.resolved(axis)), self, indices)
  }
}
