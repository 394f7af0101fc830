internal import CKernels

/// A tensor put side by side with itself, `multiples[axis]` times along each axis, as NumPy's `tile`. Any element type.
public struct Tile: Operation {
  public static let name = "tile"

  public var multiples: [Int]

  public init(multiples: [Int]) { self.multiples = multiples }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectOnePerAxis(multiples, "multiples", of: inputs[0])
    guard multiples.allSatisfy({ $0 >= 0 }) else {
      throw CoreError(.invalidArgument, "tile: found multiples \(multiples), expected no number below 0")
    }
    return [TensorSpec(Shape(zip(inputs[0].shape.array, multiples).map { $0 * $1 }), inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let y = outputs[0]
    guard y.elementCount > 0 else { return }
    // One axis at a time, the innermost first, so that every step copies runs as long as can be.
    var current = inputs[0]
    let growing = multiples.indices.reversed().filter { multiples[$0] > 1 }
    for axis in growing {
      var spec = current.spec
      spec.shape[axis] *= multiples[axis]
      let target = axis == growing.last ? y : Tensor(uninitialized: spec)
      let (outer, count, inner) = current.shape.around(axis)
      let run = count * inner
      ck_broadcast(
        current.pointer, [run, 0, 1], target.pointer, y.dtype.byteCount, [outer, multiples[axis], run], 3,
        Execution.threads32)
      current = target
    }
    if growing.isEmpty { y.take(current) }
  }

  public func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]? {
    outputs[0] == inputs[0].spec ? [inputs[0].aliased(as: outputs[0])] : nil
  }
}

extension Tensor {
  /// Put side by side with itself, `multiples[axis]` times along each axis.
  public func tiled(_ multiples: [Int]) -> Tensor { Tensor.apply(Tile(multiples: multiples), self) }

  /// Every element along `axis` `count` times in a row, as NumPy's `repeat`.
  public func repeated(_ count: Int, axis: Int) -> Tensor {
    guard let position = shape.normalized(axis: axis), count >= 0 else {
      return invalid("repeat: found \(count) times along axis \(axis) of \(spec), expected an axis of it")
    }
    let (outer, dimension, inner) = shape.around(position)
    var result = shape
    result[position] = dimension * count
    return reshaped(Shape([outer, dimension, 1, inner])).tiled([1, 1, count, 1]).reshaped(result)
  }
}
