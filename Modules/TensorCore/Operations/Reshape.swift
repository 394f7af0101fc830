/// The same elements, in the same order, under another shape. Shares the input's bytes. Any element type.
public struct Reshape: Operation {
  public static let name = "reshape"

  public var shape: Shape

  public init(_ shape: Shape) { self.shape = shape }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard inputs[0].elementCount == shape.elementCount else {
      throw CoreError(
        .shapeMismatch,
        "reshape: found input \(inputs[0].shape) of \(inputs[0].elementCount) elements for shape \(shape), expected "
          + "\(shape.elementCount)")
    }
    return [TensorSpec(shape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { outputs[0].take(inputs[0]) }

  public func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]? { [inputs[0].aliased(as: outputs[0])] }
}

extension Tensor {
  /// The same elements as `shape`, without copying.
  public func reshaped(_ shape: Shape) -> Tensor {
    shape == self.shape ? self : Tensor.apply(Reshape(shape), self)
  }

  /// The same elements as `shape`, without copying. One dimension may be -1: it is what the others leave.
  public func reshaped(_ shape: [Int]) -> Tensor {
    let known = shape.filter { $0 != -1 }
    let product = known.reduce(1, *)
    let isPossible = known.allSatisfy { $0 >= 0 } && known.count + 1 >= shape.count && shape.count <= Shape.maximumRank
    if isPossible && known.count == shape.count { return reshaped(Shape(shape)) }
    guard isPossible, product > 0, elementCount % product == 0 else {
      return invalid(
        "reshape: found input \(self.shape) of \(elementCount) elements for shape \(shape), expected dimensions that "
          + "multiply to as many, at most one of them -1")
    }
    return reshaped(Shape(shape.map { $0 == -1 ? elementCount / product : $0 }))
  }

  /// With a new axis of dimension 1, which becomes axis `axis` of the result; -1 puts it last.
  public func expandingDims(at axis: Int) -> Tensor {
    let position = axis < 0 ? axis + rank + 1 : axis
    guard (0...rank).contains(position), rank < Shape.maximumRank else {
      return invalid("reshape: found new axis \(axis) for an input \(spec), expected \(-rank - 1)...\(rank)")
    }
    var shape = shape
    shape.insert(1, at: position)
    return reshaped(shape)
  }

  /// Without the axis, which must have dimension 1.
  public func squeezed(axis: Int) -> Tensor {
    guard let position = shape.normalized(axis: axis), shape[position] == 1 else {
      return invalid("reshape: found axis \(axis) to remove from an input \(spec), expected one of dimension 1")
    }
    var shape = shape
    shape.remove(at: position)
    return reshaped(shape)
  }
}
