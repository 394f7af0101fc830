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
    // Neighbouring axes of one kind act as one; `groups` alternates between kept and reduced.
    var groups: [(size: Int, isReduced: Bool)] = []
    for axis in 0..<x.rank {
      let isReduced = axes.contains(axis)
      if groups.last?.isReduced == isReduced {
        groups[groups.count - 1].size *= x.shape[axis]
      } else {
        groups.append((x.shape[axis], isReduced))
      }
    }
    reduce(x, groups, into: y)
    if op == .all && x.elementCount == 0 && y.elementCount > 0 { setAll(y, 1) }
  }

  /// Reduces the last group first, into a temporary where more follow: each pass reads less than the one before.
  private func reduce(_ x: Tensor, _ groups: [(size: Int, isReduced: Bool)], into y: Tensor) {
    guard let last = groups.lastIndex(where: \.isReduced) else {
      y.pointer.copyMemory(from: x.pointer, byteCount: x.byteCount)
      return
    }
    let outer = groups[..<last].reduce(1) { $0 * $1.size }
    let inner = groups[(last + 1)...].reduce(1) { $0 * $1.size }
    guard groups[..<last].contains(where: \.isReduced) else {
      return run(x, y, outer, groups[last].size, inner)
    }
    let partial = Tensor(uninitialized: TensorSpec([outer, inner], x.dtype))
    run(x, partial, outer, groups[last].size, inner)
    // What remains on both sides of the reduced group is kept or, by alternation, the end of the list.
    var rest = Array(groups[..<last])
    if last + 1 < groups.count { rest[last - 1].size *= inner }
    reduce(partial, rest, into: y)
  }

  private func run(_ x: Tensor, _ y: Tensor, _ outer: Int, _ count: Int, _ inner: Int) {
    let (kernel, threads) = (op.kernel, Execution.threads32)
    withExtendedLifetime((x, y)) {
      switch x.dtype {
      case .float32: ck_reduce_f32(kernel, x.source(), y.destination(), outer, count, inner, threads)
      case .float64: ck_reduce_f64(kernel, x.source(), y.destination(), outer, count, inner, threads)
      case .int32: ck_reduce_i32(kernel, x.source(), y.destination(), outer, count, inner, threads)
      case .int64: ck_reduce_i64(kernel, x.source(), y.destination(), outer, count, inner, threads)
      case .uint8, .bool: ck_reduce_u8(kernel, x.source(), y.destination(), outer, count, inner, threads)
      case .float16, .bfloat16: x.dtype.hasNoKernel(op.rawValue)
      }
    }
  }

  private func setAll(_ y: Tensor, _ value: UInt8) {
    y.destination(UInt8.self).update(repeating: value, count: y.elementCount)
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
