internal import TensorCore

// Sums of products.
extension GraphOperationRegistry {
  static let products: Family = [
    (
      "Matmul",
      { call in
        var (a, b) = try call.pair()
        if call.flag("transpose_a") { a = a.transposed(a.rank.swappingLast) }
        let transposes = call.flag("transpose_b")
        return [try call.product(a, transposes ? b.transposed(b.rank.swappingLast) : b)]
      }
    ),
    (
      "Dot",
      { call in
        let (a, b) = try call.pair()
        if a.rank == 0 || b.rank == 0 { return [a * b] }
        return [try call.contracted(a, [a.rank - 1], b, [Swift.max(0, b.rank - 2)])]
      }
    ),
    (
      "Inner",
      { call in
        let (a, b) = try call.pair()
        return [try call.contracted(a, [a.rank - 1], b, [b.rank - 1])]
      }
    ),
    (
      "Outer",
      { call in
        let (a, b) = try call.pair()
        return [a.reshaped([-1, 1]) * b.reshaped([1, -1])]
      }
    ),
    (
      "Vdot",
      { call in
        let (a, b) = try call.pair()
        return [(a.reshaped([-1]) * b.reshaped([-1])).sum()]
      }
    ),
    (
      "Tensordot",
      { call in
        let (a, b) = try call.pair()
        if let count = call.value("axes", 2)?.intValue {
          return [try call.contracted(a, Array(a.rank - count..<a.rank), b, Array(0..<count))]
        }
        let lists =
          call.value("axes", 2)?.listValue?.map { $0.listValue?.compactMap(\.intValue) ?? [$0.intValue ?? 0] } ?? []
        guard lists.count == 2 else { throw call.invalid("axes \(call.value("axes") ?? nil)", "a number or two lists") }
        return [
          try call.contracted(
            a, try lists[0].map { try call.checked($0, rank: a.rank) }, b,
            try lists[1].map { try call.checked($0, rank: b.rank) })
        ]
      }
    ),
    (
      "Einsum",
      { call in
        let all = OperandTensor.promoted(call.inputs.map { OperandTensor(tensor: $0) })
        guard let equation = call.value("subscripts")?.stringValue else { throw call.invalid("no subscripts", "some") }
        guard all.count <= 2 else { throw call.invalid("\(all.count) operands", "one or two") }
        guard all.count == 2 else {
          let sides = equation.split(separator: "->", maxSplits: 1, omittingEmptySubsequences: false)
          guard sides.count == 2 else { throw call.invalid("subscripts \"\(equation)\"", "ones with ->") }
          return [try Einsum("\(sides[0]),->\(sides[1])")(all[0], Tensor.ones([], dtype: all[0].dtype))]
        }
        return [try Einsum(equation)(all[0], all[1])]
      }
    ),
  ]
}

extension Int {
  /// The axes of a tensor of this rank, the last two exchanged.
  fileprivate var swappingLast: [Int] {
    var axes = Array(0..<self)
    if self >= 2 { axes.swapAt(self - 1, self - 2) }
    return axes
  }
}

extension OperationCall {
  /// NumPy's `matmul`: vectors are rows or columns, leading axes broadcast.
  fileprivate func product(_ a: Tensor, _ b: Tensor) throws(CoreError) -> Tensor {
    let (left, right) = (a.rank == 1 ? a.expandingDims(at: 0) : a, b.rank == 1 ? b.expandingDims(at: 1) : b)
    guard left.rank >= 2, right.rank >= 2, left.shape[-1] == right.shape[-2] else {
      throw CoreError(.shapeMismatch, "\(name): found \(a.shape) and \(b.shape), expected inner sizes that agree")
    }
    var product = left.matmul(right)
    if b.rank == 1 { product = product.squeezed(axis: -1) }
    return a.rank == 1 ? product.squeezed(axis: b.rank == 1 ? -1 : -2) : product
  }

  /// The products summed over axes of each: the others of the first, then those of the second.
  fileprivate func contracted(_ a: Tensor, _ axes: [Int], _ b: Tensor, _ others: [Int]) throws(CoreError) -> Tensor {
    guard axes.map({ a.shape[$0] }) == others.map({ b.shape[$0] }) else {
      throw CoreError(
        .shapeMismatch, "\(name): found \(a.shape) and \(b.shape), expected equal sizes along \(axes) and \(others)")
    }
    let (free, otherFree) = ((0..<a.rank).filter { !axes.contains($0) }, (0..<b.rank).filter { !others.contains($0) })
    let count = axes.reduce(1) { $0 * a.shape[$1] }
    let (sizes, otherSizes) = (free.map { a.shape[$0] }, otherFree.map { b.shape[$0] })
    let left = a.transposed(free + axes).reshaped([sizes.reduce(1, *), count])
    let right = b.transposed(others + otherFree).reshaped([count, otherSizes.reduce(1, *)])
    return left.matmul(right).reshaped(sizes + otherSizes)
  }
}
