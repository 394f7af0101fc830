internal import TensorCore

// Two numbers at a time, with NumPy's broadcasting.
extension GraphOperationRegistry {
  typealias Family = [(String, GraphFunction)]

  static let arithmetic: Family = [
    binary("Add") { $0 + $1 }, binary("Subtract") { $0 - $1 }, binary("Multiply") { $0 * $1 },
    binary("Divide") { $0.divided(by: $1) }, binary("TrueDivide") { $0.divided(by: $1) },
    binary("DivideNoNan") { a, b in
      let (a, b) = (a.asFloat, b.asFloat)
      let isZero = b.equal(0)
      let zero = Tensor.zeros(like: b)
      return (a / Tensor.select(isZero, Tensor.ones(like: b), b)) * Tensor.select(isZero, zero, Tensor.ones(like: b))
    },
    binary("FloorDivide") { a, b in a.dtype.isFloating ? (a / b).floor() : a / b },
    binary("Mod") { $0.mod($1) }, binary("Power") { $0.pow($1) },
    binary("Maximum") { $0.maximum($1) }, binary("Fmax") { $0.maximum($1) },
    binary("Minimum") { $0.minimum($1) }, binary("Fmin") { $0.minimum($1) },
    binary("Arctan2") { $0.asFloat.atan2($1.asFloat) },
    binary("Hypot") { a, b in (a.asFloat.square() + b.asFloat.square()).sqrt() },
    binary("Logaddexp") { a, b in
      let (a, b) = (a.asFloat, b.asFloat)
      return a.maximum(b) + (a - b).abs().negated().exp().log1p()
    },
    binary("Heaviside") { a, b in
      Tensor.select(a.equal(0), b.broadcast(like: a), a.greater(0).cast(to: a.dtype).broadcast(like: b))
    },
    (
      "Clip",
      { call in
        let x = try call.tensor("x")
        let (low, high) = (try call.tensor("x_min", 1), try call.tensor("x_max", 2))
        guard low.rank == 0, high.rank == 0, let least = call.value("x_min", 1), let most = call.value("x_max", 2)
        else {
          let bounded = x.maximum(low.cast(to: x.dtype)).minimum(high.cast(to: x.dtype))
          return [bounded]
        }
        let isFloat = x.dtype.isFloating || least.isFraction || most.isFraction
        return [(isFloat ? x.asFloat : x).clamped(least.doubleValue ?? 0, most.doubleValue ?? 0)]
      }
    ),
    (
      "Where",
      { call in
        let condition = try call.tensor("condition").cast(to: .bool)
        let (a, b) = try call.pair(at: 1)
        let shape = try call.broadcast([condition, a, b])
        return [Tensor.select(condition.broadcast(to: shape), a.broadcast(to: shape), b.broadcast(to: shape))]
      }
    ),
  ]

  static let comparisons: Family = [
    comparison("Equal") { $0.equal($1) }, comparison("NotEqual") { $0.notEqual($1) },
    comparison("Less") { $0.less($1) }, comparison("LessEqual") { $0.lessOrEqual($1) },
    comparison("Greater") { $0.greater($1) }, comparison("GreaterEqual") { $0.greaterOrEqual($1) },
    logical("LogicalAnd") { $0.logicalAnd($1) }, logical("LogicalOr") { $0.logicalOr($1) },
    logical("LogicalXor") { $0.notEqual($1) },
    ("LogicalNot", { call in [try call.tensor("x").cast(to: .bool).logicalNot()] }),
    (
      "Isclose",
      { call in
        let (a, b) = try call.pair()
        let (relative, absolute) = (
          try call.number("rtol", 2, default: 1e-5), try call.number("atol", 3, default: 1e-8)
        )
        let bound = b.asFloat.abs() * relative + absolute
        return [(a.asFloat - b.asFloat).abs().lessOrEqual(bound)]
      }
    ),
  ]

  private static func binary(_ name: String, _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> (
    String, GraphFunction
  ) {
    (
      name,
      { call in
        let (a, b) = try call.pair()
        _ = try call.broadcast([a, b])
        return [body(a, b)]
      }
    )
  }

  private static func comparison(_ name: String, _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> (
    String, GraphFunction
  ) {
    (
      name,
      { call in
        let (a, b) = try call.pair()
        let shape = try call.broadcast([a, b])
        return [body(a.broadcast(to: shape), b.broadcast(to: shape))]
      }
    )
  }

  private static func logical(_ name: String, _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> (
    String, GraphFunction
  ) {
    comparison(name) { body($0.cast(to: .bool), $1.cast(to: .bool)) }
  }
}

extension OperationCall {
  /// The shape that tensors broadcast to. Throws where there is none.
  func broadcast(_ tensors: [Tensor]) throws(CoreError) -> Shape {
    var shape = tensors[0].shape
    for tensor in tensors.dropFirst() {
      guard let next = Shape.broadcast(shape, tensor.shape) else {
        let all = tensors.map { $0.shape.description }.joined(separator: " and ")
        throw CoreError(.shapeMismatch, "\(name): found \(all), expected shapes that broadcast")
      }
      shape = next
    }
    return shape
  }
}

extension Tensor {
  /// Keras calculates functions of real numbers on integers in float32.
  var asFloat: Tensor { dtype.isFloating ? self : cast(to: .float32) }

  fileprivate func divided(by other: Tensor) -> Tensor { asFloat / other.asFloat }

  fileprivate func broadcast(like other: Tensor) -> Tensor {
    broadcast(to: Shape.broadcast(shape, other.shape) ?? shape)
  }
}

extension JSON {
  fileprivate var isFraction: Bool { if case .number = self { true } else { false } }
}
