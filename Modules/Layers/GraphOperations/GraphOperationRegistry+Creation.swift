internal import TensorCore

// Tensors of given values, like another.
extension GraphOperationRegistry {
  static let creation: Family = [
    filled("ZerosLike", 0), filled("OnesLike", 1), filled("EmptyLike", 0),
    (
      "FullLike",
      { call in
        let x = try call.tensor("x")
        let value = try call.tensor("fill_value", 1).cast(to: try call.dtype("dtype") ?? x.dtype)
        return [value.broadcast(to: x.shape)]
      }
    ),
    (
      "OneHot",
      { call in
        let indices = try call.tensor("x")
        let depth = try call.int("num_classes", 1)
        guard depth > 0 else { throw call.invalid("num_classes \(depth)", "a number above 0") }
        let encoded = indices.cast(to: .int64).oneHot(depth: depth, dtype: try call.dtype("dtype") ?? .float32)
        let axis = try call.checked(try call.int("axis", default: -1), rank: encoded.rank)
        var order = Array(0..<encoded.rank - 1)
        order.insert(encoded.rank - 1, at: axis)
        return [encoded.transposed(order)]
      }
    ),
    (
      "MultiHot",
      { call in
        let indices = try call.tensor("inputs")
        let depth = try call.int("num_classes", 1)
        guard depth > 0 else { throw call.invalid("num_classes \(depth)", "a number above 0") }
        let encoded = indices.cast(to: .int64).oneHot(depth: depth, dtype: try call.dtype("dtype") ?? .float32)
        return [indices.rank == 0 ? encoded : encoded.max(axes: [indices.rank == 1 ? 0 : 1])]
      }
    ),
    ("Size", { call in [Tensor(scalar: Double(try call.tensor("x").elementCount), dtype: .int32)] }),
    ("Ndim", { call in [Tensor(scalar: Double(try call.tensor("x").rank), dtype: .int32)] }),
  ]

  private static func filled(_ name: String, _ value: Double) -> (String, GraphFunction) {
    (
      name,
      { call in
        let x = try call.tensor("x")
        return [Tensor.full(x.shape, value, dtype: try call.dtype("dtype") ?? x.dtype)]
      }
    )
  }
}
