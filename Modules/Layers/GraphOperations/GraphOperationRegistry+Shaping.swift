internal import TensorCore

// The elements of one tensor in another shape or order.
extension GraphOperationRegistry {
  static let shaping: Family = [
    (
      "Reshape",
      { call in
        let x = try call.tensor("x")
        return [x.reshaped(try call.resolved(try call.sizes("newshape", 1) ?? [-1], of: x))]
      }
    ),
    ("Ravel", { call in [try call.tensor("x").reshaped([-1])] }),
    (
      "Transpose",
      { call in
        let x = try call.tensor("x")
        guard let given = try call.ints("axes") else { return [x.transposed()] }
        let axes = try call.axes("axes", of: x)
        guard Set(axes).count == x.rank else { throw call.invalid("axes \(given)", "each of the \(x.rank) axes once") }
        return [x.transposed(axes)]
      }
    ),
    (
      "Swapaxes",
      { call in
        let x = try call.tensor("x")
        var order = Array(0..<x.rank)
        let a = try call.checked(try call.int("axis1"), rank: x.rank)
        order.swapAt(a, try call.checked(try call.int("axis2"), rank: x.rank))
        return [x.transposed(order)]
      }
    ),
    (
      "Moveaxis",
      { call in
        let x = try call.tensor("x")
        let (from, to) = (try call.axes("source", of: x), try call.axes("destination", of: x))
        var order = (0..<x.rank).filter { !from.contains($0) }
        for (target, source) in zip(to, from).sorted(by: { $0.0 < $1.0 }) { order.insert(source, at: target) }
        return [x.transposed(order)]
      }
    ),
    (
      "ExpandDims",
      { call in
        var x = try call.tensor("x")
        let given = try call.ints("axis") ?? [0]
        let rank = x.rank + given.count
        for axis in try given.map({ try call.checked($0, rank: rank) }).sorted() { x = x.expandingDims(at: axis) }
        return [x]
      }
    ),
    (
      "Squeeze",
      { call in
        let x = try call.tensor("x")
        let axes = call.has("axis") ? try call.axes(of: x) : (0..<x.rank).filter { x.shape[$0] == 1 }
        for axis in axes where x.shape[axis] != 1 {
          throw CoreError(.shapeMismatch, "Squeeze: found axis \(axis) of \(x.shape), expected one of size 1")
        }
        return [x.reshaped((0..<x.rank).filter { !axes.contains($0) }.map { x.shape[$0] })]
      }
    ),
    (
      "Flip",
      { call in
        let x = try call.tensor("x")
        return [x.reversed(axes: try call.axes(of: x))]
      }
    ),
    ("Fliplr", { call in [try call.tensor("x").reversed(axes: [1])] }),
    ("Flipud", { call in [try call.tensor("x").reversed(axes: [0])] }),
    (
      "Roll",
      { call in
        let x = try call.tensor("x")
        let shifts = try call.ints("shift", 1) ?? [0]
        guard call.has("axis", 2) else { return [x.reshaped([-1]).rolled(shifts[0], axis: 0).reshaped(x.shape)] }
        return [zip(shifts, try call.axes(of: x)).reduce(x) { $0.rolled($1.0, axis: $1.1) }]
      }
    ),
    (
      "BroadcastTo",
      { call in
        let x = try call.tensor("x")
        let given = try call.ints("shape", 1) ?? []
        let offset = given.count - x.rank
        let shape = given.enumerated().map { $1 == -1 && $0 >= offset ? x.shape[$0 - offset] : $1 }
        return [x.broadcast(to: try Shape(validating: shape))]
      }
    ),
    (
      "Tile",
      { call in
        var x = try call.tensor("x")
        var counts = try call.ints("repeats", 1) ?? [1]
        while counts.count < x.rank { counts.insert(1, at: 0) }
        while x.rank < counts.count { x = x.expandingDims(at: 0) }
        return [x.tiled(counts)]
      }
    ),
    (
      "Repeat",
      { call in
        var x = try call.tensor("x")
        if !call.has("axis", 2) { x = x.reshaped([-1]) }
        let axis = try call.checked(try call.int("axis", 2, default: 0), rank: x.rank)
        let counts = try call.ints("repeats", 1) ?? [1]
        if counts.count == 1 { return [x.repeated(counts[0], axis: axis)] }
        let indices = zip(0..., counts).flatMap { Array(repeating: Int64($0), count: $1) }
        return [x.gathered(Tensor(indices, [indices.count]), axis: axis)]
      }
    ),
    ("Pad", { call in [try padded(call)] }),
    ("Tril", { call in [try triangle(call) { $0.greaterOrEqual($1) }] }),
    ("Triu", { call in [try triangle(call) { $0.lessOrEqual($1) }] }),
  ]

  private static func padded(_ call: OperationCall) throws(CoreError) -> Tensor {
    let x = try call.tensor("x")
    var widths: [[Int]] = []
    for item in call.value("pad_width", 1)?.listValue ?? [] {
      widths.append(item.listValue?.compactMap(\.intValue) ?? [])
    }
    if let all = call.value("pad_width", 1)?.intValue { widths = Array(repeating: [all, all], count: x.rank) }
    if widths.count == 1 { widths = Array(repeating: widths[0], count: x.rank) }
    guard widths.count == x.rank, widths.allSatisfy({ $0.count == 2 && $0[0] >= 0 && $0[1] >= 0 }) else {
      throw call.invalid("pad_width \(call.value("pad_width", 1) ?? nil)", "two numbers for each of \(x.rank) axes")
    }
    let mode = call.value("mode", 2)?.stringValue?.lowercased() ?? "constant"
    let value = try call.number("constant_values", default: 0)
    switch mode {
    case "constant": return x.padded(before: widths.map { $0[0] }, after: widths.map { $0[1] }, value: value)
    case "reflect", "symmetric", "edge":
      return zip(0..., widths).reduce(x) { $0.mirrored(mode, axis: $1.0, $1.1[0], $1.1[1]) }
    default: throw call.invalid("mode \"\(mode)\"", "constant, reflect, symmetric or edge")
    }
  }

  /// What a comparison of row + k with column keeps; zeros elsewhere.
  private static func triangle(
    _ call: OperationCall, _ keeps: (Tensor, Tensor) -> Tensor
  ) throws(CoreError) -> Tensor {
    let x = try call.tensor("x")
    guard x.rank >= 2 else { throw call.invalid("\(x.rank) axes", "matrices") }
    let (rows, columns) = (x.shape[-2], x.shape[-1])
    let row = Tensor.range(0..<rows).reshaped([rows, 1]) + Double(try call.int("k", default: 0))
    let shape: Shape = [rows, columns]
    let kept = keeps(row.broadcast(to: shape), Tensor.range(0..<columns).reshaped([1, columns]).broadcast(to: shape))
    return Tensor.select(kept.broadcast(to: x.shape), x, Tensor.zeros(like: x))
  }
}

extension OperationCall {
  /// A shape for all elements of a tensor, -1 standing for what is left over.
  func resolved(_ target: [Int], of x: Tensor) throws(CoreError) -> Shape {
    let known = target.filter { $0 >= 0 }.reduce(1, *)
    let open = target.count - target.count { $0 >= 0 }
    let size = known > 0 ? x.elementCount / known : 0
    guard target.allSatisfy({ $0 >= -1 }), open <= 1,
      open == 1 ? size * known == x.elementCount : known == x.elementCount
    else {
      throw CoreError(.shapeMismatch, "\(name): found \(x.shape) for shape \(target), expected as many elements")
    }
    return try Shape(validating: target.map { $0 < 0 ? size : $0 })
  }
}

extension Tensor {
  fileprivate func rolled(_ shift: Int, axis: Int) -> Tensor {
    let count = shape[axis]
    guard count > 0 else { return self }
    let start = ((-shift % count) + count) % count
    guard start > 0 else { return self }
    return Tensor.concatenate([sliced(axis: axis, start..<count), sliced(axis: axis, 0..<start)], axis: axis)
  }

  /// An axis continued by what is in it: mirrored at the last element, behind it, or that element repeated.
  fileprivate func mirrored(_ mode: String, axis: Int, _ before: Int, _ after: Int) -> Tensor {
    guard before > 0 || after > 0 else { return self }
    let last = shape[axis] - 1
    let indices = (-before...(last + after)).map { index in
      switch mode {
      case "edge": Swift.min(Swift.max(index, 0), last)
      case "reflect": index < 0 ? -index : index > last ? 2 * last - index : index
      default: index < 0 ? -index - 1 : index > last ? 2 * last - index + 1 : index
      }
    }
    return gathered(Tensor(indices.map { Int64($0) }, [indices.count]), axis: axis)
  }
}
