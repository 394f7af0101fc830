internal import TensorCore

extension OperationCorpus {
  static let movements: [OperationCase] =
    [[1, 0, 2], [2, 1, 0], [0, 2, 1], [2, 0, 1], [0, 1, 2]].map { permutation in
      OperationCase("transpose \(permutation)", Transpose(permutation: permutation), [Sample.any([3, 5, 7])])
    }
    + (0..<3).map { axis in
      OperationCase("reverse \(axis)", Reverse(axes: axis == 1 ? [0, 1] : [axis]), [Sample.any([3, 5, 4])])
    }
    + (0..<3).map { axis in
      var (a, b) = ([3, 5, 2], [3, 5, 2])
      (a[axis], b[axis]) = (1, 4)
      return OperationCase(
        "concatenate along \(axis)", Concatenate(axis: axis, count: 3),
        [Sample.any(Shape(a)), Sample.any(Shape(b), 2), Sample.any([3, 5, 2], 3)])
    }
    + [
      OperationCase("reshape", Reshape([5, 2, 7]), [Sample.any([7, 10])]),
      OperationCase("reshape to a scalar", Reshape([]), [Sample.any([1, 1])]),
      OperationCase("concatenate one", Concatenate(axis: 0, count: 1), [Sample.any([3, 5])]),
      OperationCase(
        "pad", Pad(before: [0, 1, 2], after: [3, 0, 1], value: 0.5), [Sample.any([2, 3, 5])]),
      OperationCase("pad integers", Pad(before: [1], after: [2], value: -1), [Sample.integers([5], below: 9)]),
      OperationCase("tile", Tile(multiples: [2, 1, 3]), [Sample.any([3, 5, 2])]),
    ] + slices

  private static let slices: [OperationCase] = [
    ("rows", [1, 0, 0], [3, 5, 4], [1, 1, 1]), ("columns", [0, 1, 2], [3, 4, 4], [1, 1, 1]),
    ("every other", [0, 1, 0], [3, 5, 4], [2, 2, 3]), ("backwards", [2, 4, 0], [-1, 0, 4], [-1, -2, 1]),
  ].flatMap { (name: String, begin: [Int], end: [Int], strides: [Int]) in
    let x = Sample.any([3, 5, 4])
    let slice = Slice(begin: begin, end: end, strides: strides)
    let dy = Sample.any(Tensor.apply(slice, x).shape, 2)
    return [
      OperationCase("slice of \(name)", slice, [x]),
      OperationCase(
        "gradient of slice of \(name)",
        SliceGradient(begin: begin, end: end, strides: strides, inputShape: [3, 5, 4]), [dy]),
    ]
  }
}
