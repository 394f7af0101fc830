/// A range with a step along every axis of a shape: what `Slice` takes and `SliceGradient` puts back.
///
/// Bounds are resolved: along an axis of dimension n, a positive stride goes from `begin` in `0...n` up to but without
/// `end` in `0...n`; a negative one from `begin` in `-1..<n` down to but without `end` in `-1..<n`, where -1 stands for
/// the place before the first element. Where there is nothing between, the slice is empty.
struct SliceBounds {
  let begin: [Int]
  let end: [Int]
  let strides: [Int]

  /// The shape of the slice; throws where the bounds do not belong to `shape`.
  func shape(of shape: Shape, _ name: String) throws(CoreError) -> Shape {
    guard begin.count == shape.rank, end.count == shape.rank, strides.count == shape.rank else {
      throw CoreError(
        .shapeMismatch,
        "\(name): found begin \(begin), end \(end), strides \(strides) for shape \(shape), expected \(shape.rank) "
          + "numbers each")
    }
    for axis in 0..<shape.rank {
      let low = strides[axis] > 0 ? 0 : -1
      let bounds = low...shape[axis] + low
      guard strides[axis] != 0, bounds.contains(begin[axis]), bounds.contains(end[axis]) else {
        throw CoreError(
          .shapeMismatch,
          "\(name): found \(begin[axis])..<\(end[axis]) by \(strides[axis]) along axis \(axis) of shape \(shape), "
            + "expected bounds in 0...\(shape[axis]) and a stride other than 0")
      }
    }
    return Shape((0..<shape.rank).map(count))
  }

  private func count(_ axis: Int) -> Int {
    let (span, step) =
      strides[axis] > 0 ? (end[axis] - begin[axis], strides[axis]) : (begin[axis] - end[axis], -strides[axis])
    return span <= 0 ? 0 : (span + step - 1) / step
  }

  /// In elements, where the slice begins, if its elements lie together in the sliced tensor; nil if they do not.
  func contiguousOffset(in shape: Shape, slice: Shape) -> Int? {
    var (offset, isInside) = (0, false)
    let pitches = shape.strides
    for axis in 0..<shape.rank {
      if isInside {
        guard slice[axis] == shape[axis], strides[axis] == 1 || slice[axis] == 1 else { return nil }
      } else {
        guard strides[axis] == 1 || slice[axis] <= 1 else { return nil }
        isInside = slice[axis] != 1
      }
      offset += begin[axis] * pitches[axis]
    }
    return offset
  }
}
