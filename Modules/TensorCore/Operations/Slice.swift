internal import CKernels

/// A range with a step along every axis, as NumPy's `x[begin:end:stride]` with bounds already resolved.
///
/// Along an axis of dimension n, a positive stride goes from `begin` up to but without `end`, both in `0...n`; a
/// negative one from `begin` down to but without `end`, both in `-1..<n`, -1 being the place before the first element.
/// A slice whose elements lie together shares the input's bytes. Any element type.
public struct Slice: Operation {
  public static let name = "slice"

  public var begin: [Int]
  public var end: [Int]
  public var strides: [Int]

  public init(begin: [Int], end: [Int], strides: [Int]) {
    self.begin = begin
    self.end = end
    self.strides = strides
  }

  private var bounds: SliceBounds { SliceBounds(begin: begin, end: end, strides: strides) }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    return [TensorSpec(try bounds.shape(of: inputs[0].shape, Self.name), inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    guard y.elementCount > 0 else { return }
    guard x.rank > 0 else { return y.take(x) }
    x.shape.withDimensions { from in
      y.shape.withDimensions { to in
        ck_strided_slice(
          x.pointer, y.pointer, from, begin, strides, to, Int32(x.rank), x.dtype.byteCount, Execution.threads32)
      }
    }
  }

  public func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]? {
    let (x, spec) = (inputs[0], outputs[0])
    guard spec.elementCount > 0, let offset = bounds.contiguousOffset(in: x.shape, slice: spec.shape) else {
      return nil
    }
    return [Tensor(storage: x.storage, byteOffset: x.byteOffset + offset * x.dtype.byteCount, spec: spec)]
  }
}

extension Tensor {
  /// `range` of one axis, all of the others. Half-open ranges of the leading axis share the bytes.
  public func sliced(axis: Int, _ range: some RangeExpression<Int>) -> Tensor {
    guard let position = shape.normalized(axis: axis) else {
      return invalid("slice: found axis \(axis) for an input \(spec), expected \(-rank)...\(rank - 1)")
    }
    let range = range.relative(to: 0..<shape[position])
    if range == 0..<shape[position] { return self }
    var (begin, end) = ([Int](repeating: 0, count: rank), shape.array)
    (begin[position], end[position]) = (range.lowerBound, range.upperBound)
    return Tensor.apply(Slice(begin: begin, end: end, strides: shape.array.map { _ in 1 }), self)
  }

  /// NumPy's `x[begin:end:stride, ...]`: negative bounds count from the end, bounds outside are cut, nil is the whole
  /// axis in the stride's direction, and axes without a number are taken whole. Strides are 1 unless given.
  public func sliced(begin: [Int?], end: [Int?], strides: [Int]? = nil) -> Tensor {
    let steps = strides ?? []
    guard Swift.max(begin.count, end.count, steps.count) <= rank, !steps.contains(0) else {
      return invalid(
        "slice: found begin \(begin), end \(end), strides \(steps) for an input \(spec), expected at most \(rank) "
          + "numbers each and no stride 0")
    }
    var resolved: (begin: [Int], end: [Int], strides: [Int]) = ([], [], [])
    for axis in 0..<rank {
      let (count, step) = (shape[axis], axis < steps.count ? steps[axis] : 1)
      let low = step > 0 ? 0 : -1
      func bound(_ bounds: [Int?], _ whole: Int) -> Int {
        guard axis < bounds.count, let bound = bounds[axis] else { return whole }
        return Swift.min(Swift.max(bound < 0 ? bound + count : bound, low), count + low)
      }
      resolved.begin.append(bound(begin, step > 0 ? 0 : count - 1))
      resolved.end.append(bound(end, step > 0 ? count : -1))
      resolved.strides.append(step)
    }
    return Tensor.apply(Slice(begin: resolved.begin, end: resolved.end, strides: resolved.strides), self)
  }

  /// Element `index` of the leading axis, which is dropped: `[n, ...]` to `[...]`, sharing the bytes. A negative index
  /// counts from the end.
  public func row(_ index: Int) -> Tensor {
    guard rank > 0, (-shape[0]..<shape[0]).contains(index) else {
      let count = rank > 0 ? shape[0] : 0
      return invalid("slice: found row \(index) of \(spec), expected \(-count)..<\(count)")
    }
    let start = index < 0 ? index + shape[0] : index
    return sliced(axis: 0, start..<start + 1).squeezed(axis: 0)
  }
}
