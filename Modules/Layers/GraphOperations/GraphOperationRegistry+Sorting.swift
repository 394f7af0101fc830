internal import TensorCore

// Orders and running sums along an axis.
extension GraphOperationRegistry {
  static let sorting: Family = [
    ("Argmax", { call in [try extreme(call) { $0.argMax(axis: $1, keepDims: $2) }] }),
    ("Argmin", { call in [try extreme(call) { $0.argMin(axis: $1, keepDims: $2) }] }),
    (
      "TopK",
      { call in
        let (x, k) = (try call.tensor("x"), try call.int("k", 1, default: 1))
        guard x.rank > 0, (1...max(1, x.shape[-1])).contains(k), x.shape[-1] > 0 else {
          throw call.invalid("k \(k)", "one in 1...\(x.rank > 0 ? x.shape[-1] : 0)")
        }
        let best = x.topK(k)
        return [best.values, best.indices.cast(to: .int32)]
      }
    ),
    (
      "Sort",
      { call in
        let x = try call.tensor("x")
        return [try ordered(x, call).values]
      }
    ),
    (
      "Argsort",
      { call in
        let x = try call.tensor("x")
        return [try ordered(x, call).indices.cast(to: .int32)]
      }
    ),
    (
      "Cumsum",
      { call in
        var x = try call.tensor("x")
        if let dtype = try call.dtype("dtype") { x = x.cast(to: dtype) }
        if !call.has("axis", 1) { x = x.reshaped([-1]) }
        let axis = try call.checked(try call.int("axis", 1, default: 0), rank: x.rank)
        return [x.cumulativeSum(axis: axis, exclusive: call.flag("exclusive"), reverse: call.flag("reverse"))]
      }
    ),
    (
      "Diff",
      { call in
        var x = try call.tensor("a")
        let axis = try call.checked(try call.int("axis", default: -1), rank: x.rank)
        for _ in 0..<(try call.int("n", default: 1)) where x.shape[axis] > 0 {
          x = x.sliced(axis: axis, 1..<x.shape[axis]) - x.sliced(axis: axis, 0..<x.shape[axis] - 1)
        }
        return [x]
      }
    ),
  ]

  private static func extreme(
    _ call: OperationCall, _ body: (Tensor, Int, Bool) -> Tensor
  ) throws(CoreError) -> Tensor {
    var x = try call.tensor("x")
    let (isWhole, keeps) = (!call.has("axis", 1), call.flag("keepdims"))
    let rank = x.rank
    if isWhole { x = x.reshaped([-1]) }
    let axis = try call.checked(try call.int("axis", 1, default: 0), rank: x.rank)
    let place = body(x, axis, keeps && !isWhole).cast(to: try call.dtype("output_type") ?? .int32)
    return isWhole && keeps ? place.reshaped(Array(repeating: 1, count: rank)) : place
  }

  /// Ascending along an axis, equal elements in their order.
  private static func ordered(
    _ x: Tensor, _ call: OperationCall
  ) throws(CoreError) -> (values: Tensor, indices: Tensor) {
    let x = call.operand("axis", 1) == .constant(.null) ? x.reshaped([-1]) : x
    let axis = try call.checked(try call.int("axis", 1, default: -1), rank: x.rank)
    var order = Array(0..<x.rank)
    order.swapAt(axis, x.rank - 1)
    let last = x.transposed(order)
    guard last.shape[-1] > 0 else { return (x, x.cast(to: .int64)) }
    let descending = last.negated().topK(last.shape[-1])
    return (descending.values.negated().transposed(order), descending.indices.transposed(order))
  }
}
