internal import TensorCore

// Several tensors to one, and one to several.
extension GraphOperationRegistry {
  static let joining: Family = [
    (
      "Concatenate",
      { call in
        let all = try call.tensors("xs")
        return [try call.joined(all, axis: try call.int("axis", 1, default: 0))]
      }
    ),
    (
      "Append",
      { call in
        let (a, b) = try call.pair()
        guard call.has("axis") else { return [Tensor.concatenate([a.reshaped([-1]), b.reshaped([-1])], axis: 0)] }
        return [try call.joined([a, b], axis: try call.int("axis"))]
      }
    ),
    (
      "Hstack",
      { call in
        let all = try call.tensors("xs")
        return [try call.joined(all, axis: all[0].rank == 1 ? 0 : 1)]
      }
    ),
    (
      "Vstack",
      { call in
        let all = try call.tensors("xs")
        return [try call.joined(all.map { $0.rank == 1 ? $0.expandingDims(at: 0) : $0 }, axis: 0)]
      }
    ),
    (
      "Stack",
      { call in
        let all = try call.tensors("x")
        let axis = try call.checked(try call.int("axis", 1, default: 0), rank: all[0].rank + 1)
        guard all.allSatisfy({ $0.shape == all[0].shape }) else {
          throw CoreError(.shapeMismatch, "Stack: found shapes \(all.map(\.shape)), expected equal ones")
        }
        return [Tensor.stack(all, axis: axis)]
      }
    ),
    (
      "Split",
      { call in
        let x = try call.tensor("x")
        let axis = try call.checked(try call.int("axis", 2, default: 0), rank: x.rank)
        let count = x.shape[axis]
        guard let given = call.value("indices_or_sections", 1) else { throw call.invalid("no sections", "some") }
        if let sections = given.intValue {
          guard sections > 0, count % sections == 0 else {
            throw CoreError(
              .shapeMismatch, "Split: found \(x.shape) along axis \(axis), expected a multiple of \(sections)")
          }
          return x.split(count: sections, axis: axis)
        }
        let cuts = try call.ints("indices_or_sections", 1)?.map { min(max(0, $0 < 0 ? $0 + count : $0), count) } ?? []
        return zip([0] + cuts, cuts + [count]).map { x.sliced(axis: axis, $0..<max($0, $1)) }
      }
    ),
    (
      "Unstack",
      { call in
        let x = try call.tensor("x")
        let axis = try call.checked(try call.int("axis", default: 0), rank: x.rank)
        return (0..<x.shape[axis]).map { x.sliced(axis: axis, $0..<$0 + 1).squeezed(axis: axis) }
      }
    ),
  ]
}

extension OperationCall {
  fileprivate func joined(_ all: [Tensor], axis: Int) throws(CoreError) -> Tensor {
    guard let first = all.first else { throw invalid("no tensors", "some") }
    let axis = try checked(axis, rank: first.rank)
    for other in all {
      var (a, b) = (first.shape.array, other.shape.array)
      if a.count == b.count { (a[axis], b[axis]) = (0, 0) }
      guard a == b else {
        throw CoreError(
          .shapeMismatch, "\(name): found shapes \(all.map(\.shape)), expected equal ones but for axis \(axis)")
      }
    }
    return Tensor.concatenate(all, axis: axis)
  }
}
