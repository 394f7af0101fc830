internal import CKernels

/// Tensors joined along one axis; all other dimensions are equal. Any element type.
public struct Concatenate: Operation {
  public static let name = "concatenate"

  public var axis: Int
  /// How many inputs there are.
  public var count: Int

  public init(axis: Int, count: Int) {
    self.axis = axis
    self.count = count
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    guard count > 0 else {
      throw CoreError(.invalidArgument, "concatenate: found no tensors, expected at least one")
    }
    try expect(inputs, count: count)
    try expectSameDType(inputs)
    try expectAxis(axis, of: inputs[0])
    var shape = inputs[0].shape
    for input in inputs.dropFirst() {
      var fitting = input.shape
      if input.rank == shape.rank { fitting[axis] = shape[axis] }
      guard fitting == shape else {
        throw CoreError(
          .shapeMismatch,
          "concatenate: found shapes \(inputs.map(\.shape)), expected them to differ in axis \(axis) only")
      }
    }
    shape[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
    return [TensorSpec(shape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let y = outputs[0]
    guard y.elementCount > 0 else { return }
    let (rows, count, inner) = y.shape.around(axis)
    let unit = inner * y.dtype.byteCount
    var offset = 0
    for input in inputs {
      let rowBytes = input.shape[axis] * unit
      if rowBytes > 0 {
        ck_copy_rows(
          input.pointer, rowBytes, y.pointer + offset, count * unit, rowBytes, rows, Execution.threads32)
      }
      offset += rowBytes
    }
  }
}

extension Tensor {
  /// The tensors joined along `axis`; all other dimensions are equal. Traps where there are none.
  public static func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
    guard let first = tensors.first, tensors.count > 1 else {
      return tensors.first ?? apply(Concatenate(axis: axis, count: 0), [])[0]
    }
    return apply(Concatenate(axis: first.shape.resolved(axis), count: tensors.count), tensors)[0]
  }

  /// The tensors, all of one shape, along a new axis: `n` of `[a, b]` at axis 0 give `[n, a, b]`.
  public static func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    guard let first = tensors.first else { return concatenate([], axis: axis) }
    for tensor in tensors where tensor.shape != first.shape {
      return first.invalid("stack: found shapes \(tensors.map(\.shape)), expected equal ones")
    }
    let position = axis < 0 ? axis + first.rank + 1 : axis
    return concatenate(tensors.map { $0.expandingDims(at: axis) }, axis: position)
  }

  /// The parts of these sizes along `axis`; they add up to its dimension.
  public func split(sizes: [Int], axis: Int) -> [Tensor] {
    guard let position = shape.normalized(axis: axis), sizes.allSatisfy({ $0 >= 0 }),
      sizes.reduce(0, +) == shape[position]
    else {
      let failure = invalid("split: found sizes \(sizes) along axis \(axis) of \(spec), expected its dimension as sum")
      return sizes.map { _ in failure }
    }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return sliced(axis: position, start..<start + size)
    }
  }

  /// `count` parts of equal size along `axis`.
  public func split(count: Int, axis: Int) -> [Tensor] {
    guard let position = shape.normalized(axis: axis), count > 0, shape[position] % count == 0 else {
      let failure = invalid("split: found \(count) parts along axis \(axis) of \(spec), expected a divisor")
      return [Tensor](repeating: failure, count: Swift.max(count, 1))
    }
    return split(sizes: [Int](repeating: shape[position] / count, count: count), axis: position)
  }
}
