internal import CKernels

/// Sum, mean, maximum, minimum, product, any or all over some axes.
///
/// `sum`, `prod`, `max`, `min` keep the dtype (integers wrap around), `mean` is for floats, `any` and `all` for bool.
/// `max` and `min` propagate NaN. Over no elements: sum 0, product 1, mean NaN, any false, all true, max and min the
/// lowest and the highest number.
public struct Reduce: Operation {
  public static let name = "reduce"

  public var op: ReduceFunction
  /// Counted from the front, each at most once. None: the input itself.
  public var axes: [Int]
  /// Whether reduced axes stay with length 1.
  public var keepDims: Bool

  public init(op: ReduceFunction, axes: [Int], keepDims: Bool) {
    self.op = op
    self.axes = axes
    self.keepDims = keepDims
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    let x = inputs[0]
    switch op {
    case .any, .all: try expect(x, .bool, op.rawValue)
    case .mean: try expectFloating(x, op.rawValue)
    case .sum, .prod, .max, .min: try expectArithmetic(x, op.rawValue)
    }
    let reduced = try reducedAxes(x)
    var shape = Shape()
    for axis in 0..<x.rank {
      if !reduced[axis] {
        shape.append(x.shape[axis])
      } else if keepDims {
        shape.append(1)
      }
    }
    return [TensorSpec(shape, x.dtype)]
  }

  private func reducedAxes(_ x: TensorSpec) throws(CoreError) -> InlineArray<8, Bool> {
    var reduced = InlineArray<8, Bool>(repeating: false)
    for axis in axes {
      guard axis >= 0 && axis < x.rank && !reduced[axis] else {
        throw mismatch(op.rawValue, "found axes \(axes) for \(x), expected axes in 0..<\(x.rank), each at most once")
      }
      reduced[axis] = true
    }
    return reduced
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    withExtendedLifetime((x, y)) { reduce(x.pointer, x.dtype, ReduceGroups(x.shape, axes), into: y.pointer) }
    if op == .all && x.elementCount == 0 && y.elementCount > 0 { setAll(y, 1) }
  }

  /// Reduces the last group first, into a temporary where more follow: each pass reads less than the one before.
  private func reduce(
    _ x: UnsafeRawPointer, _ dtype: DType, _ groups: ReduceGroups, into y: UnsafeMutableRawPointer
  ) {
    guard let last = groups.lastReduced else {
      return y.copyMemory(from: x, byteCount: groups.product(0..<groups.count) * dtype.byteCount)
    }
    let (outer, inner) = (groups.product(0..<last), groups.product(last + 1..<groups.count))
    guard last >= 2 else { return run(x, dtype, y, outer, groups.sizes[last], inner) }
    let byteCount = Swift.max(1, outer * inner * dtype.byteCount)
    guard let partial = ck_allocate(byteCount) else {
      CoreError(.invalidArgument, "no memory for a partial reduction of \(byteCount) bytes").trap()
    }
    defer { ck_release(partial, byteCount) }
    run(x, dtype, partial, outer, groups.sizes[last], inner)
    reduce(partial, dtype, groups.removing(last), into: y)
  }

  private func run(
    _ x: UnsafeRawPointer, _ dtype: DType, _ y: UnsafeMutableRawPointer, _ outer: Int, _ count: Int, _ inner: Int
  ) {
    let (kernel, threads) = (op.kernel, Execution.threads32)
    func source<S>() -> UnsafePointer<S> { x.assumingMemoryBound(to: S.self) }
    func destination<S>() -> UnsafeMutablePointer<S> { y.assumingMemoryBound(to: S.self) }
    switch dtype {
    case .float32: ck_reduce_f32(kernel, source(), destination(), outer, count, inner, threads)
    case .float64: ck_reduce_f64(kernel, source(), destination(), outer, count, inner, threads)
    case .int32: ck_reduce_i32(kernel, source(), destination(), outer, count, inner, threads)
    case .int64: ck_reduce_i64(kernel, source(), destination(), outer, count, inner, threads)
    case .uint8, .bool: ck_reduce_u8(kernel, source(), destination(), outer, count, inner, threads)
    case .float16, .bfloat16: dtype.hasNoKernel(op.rawValue)
    }
  }

  private func setAll(_ y: Tensor, _ value: UInt8) {
    y.destination(UInt8.self).update(repeating: value, count: y.elementCount)
  }
}

/// The axes of a shape as they are reduced: neighbouring axes of one kind act as one, so that kept and reduced ones
/// alternate. Inline: nothing is allocated.
private struct ReduceGroups {
  private(set) var sizes = InlineArray<8, Int>(repeating: 1)
  private var firstIsReduced = false
  private(set) var count = 0

  init(_ shape: Shape, _ axes: [Int]) {
    for axis in 0..<shape.rank {
      let isReduced = axes.contains(axis)
      if count == 0 { firstIsReduced = isReduced }
      if count == 0 || self.isReduced(count - 1) != isReduced { count += 1 }
      sizes[count - 1] *= shape[axis]
    }
  }

  private func isReduced(_ group: Int) -> Bool { firstIsReduced == (group % 2 == 0) }

  var lastReduced: Int? {
    if count > 0, isReduced(count - 1) { return count - 1 }
    return count > 1 ? count - 2 : nil
  }

  func product(_ groups: Range<Int>) -> Int {
    var product = 1
    for group in groups { product *= sizes[group] }
    return product
  }

  /// Without a reduced group: the kept ones around it become one.
  func removing(_ group: Int) -> ReduceGroups {
    var rest = self
    if group + 1 < count { rest.sizes[group - 1] *= sizes[group + 1] }
    rest.count = group
    return rest
  }
}

extension Tensor {
  private func reduced(_ op: ReduceFunction, _ axes: [Int]?, _ keepDims: Bool) -> Tensor {
    let axes = axes.map { $0.map(shape.resolved).sorted() } ?? Array(0..<rank)
    return Tensor.apply(Reduce(op: op, axes: axes, keepDims: keepDims), self)
  }

  /// The sum over `axes` (nil: all; negative axes count from the end).
  public func sum(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { reduced(.sum, axes, keepDims) }

  /// The mean over `axes` (nil: all).
  public func mean(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { reduced(.mean, axes, keepDims) }

  /// The largest over `axes` (nil: all); NaN where there is one.
  public func max(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { reduced(.max, axes, keepDims) }

  /// The smallest over `axes` (nil: all); NaN where there is one.
  public func min(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { reduced(.min, axes, keepDims) }

  /// The product over `axes` (nil: all).
  public func prod(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { reduced(.prod, axes, keepDims) }

  /// Whether any is true over `axes` (nil: all), of a bool tensor.
  public func any(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { reduced(.any, axes, keepDims) }

  /// Whether all are true over `axes` (nil: all), of a bool tensor.
  public func all(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { reduced(.all, axes, keepDims) }
}
