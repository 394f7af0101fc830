internal import TensorCore

extension OperationCorpus {
  static let elementwise = unaries + binaries + selections

  private static let unaries: [OperationCase] = UnaryFunction.allCases.map { function in
    let operation = Unary(op: function)
    let name = "unary \(function.rawValue)"
    switch function {
    case .logicalNot: return OperationCase(name, operation, [Sample.bools([3, 5])])
    case .log, .sqrt, .rsqrt, .reciprocal: return OperationCase(name, operation, [Sample.positive([5, 7])])
    case .log1p: return OperationCase(name, operation, [Sample.uniform([5, 7], -0.6, 3)])
    case .tan: return OperationCase(name, operation, [Sample.uniform([5, 7], -1.2, 1.2)])
    case .abs, .sign, .floor, .ceil, .round: return OperationCase(name, operation, [Sample.distinct([5, 7])])
    default: return OperationCase(name, operation, [Sample.any([5, 7])])
    }
  }

  private static let binaries: [OperationCase] =
    BinaryFunction.allCases.flatMap { function in
      [
        binary(function, [3, 5, 7], [3, 5, 7]), binary(function, [3, 5, 7], [7]), binary(function, [5, 1], [3, 1, 7]),
        binary(function, [3, 5], []), binary(function, [], [5]),
      ]
    }
    + [
      OperationCase(
        "pow of zero", Binary(op: .pow), [Tensor([0, 0, 2] as [Float]), Tensor([1, 2, 0] as [Float])], derivatives: 0)
    ]
    + [
      OperationCase(
        "integer add", Binary(op: .add), [Sample.integers([3, 5], below: 9), Sample.integers([5], below: 9, 2)]),
      OperationCase("integer div", Binary(op: .div), [Tensor([7, -7, 6] as [Int64]), Tensor([2, 2, -4] as [Int64])]),
    ]

  private static func binary(_ function: BinaryFunction, _ a: Shape, _ b: Shape) -> OperationCase {
    let inputs: [Tensor]
    switch function {
    // The base of a power is positive; quotients stay off the integers, where the remainder jumps.
    case .pow, .div, .atan2: inputs = [Sample.positive(a), Sample.positive(b, 2)]
    case .mod: inputs = [Sample.uniform(a, 5.2, 5.8), Sample.uniform(b, 1.5, 1.7, 2)]
    case .max, .min: inputs = [Sample.distinct(a), Sample.distinct(b, 2) + 0.1]
    default: inputs = [Sample.any(a), Sample.any(b, 2)]
    }
    return OperationCase("\(function.rawValue) of \(a) and \(b)", Binary(op: function), inputs)
  }

  private static let selections: [OperationCase] =
    Comparison.allCases.map { comparison in
      OperationCase(
        "compare \(comparison.rawValue)", Compare(op: comparison),
        [
          Sample.integers([3, 1, 5], below: 3).cast(to: .float32),
          Sample.integers([7, 1], below: 3, 2).cast(to: .float32),
        ])
    }
    + LogicalFunction.allCases.map { function in
      OperationCase(
        "logical \(function.rawValue)", Logical(op: function), [Sample.bools([3, 5]), Sample.bools([5], 2)])
    }
    + [
      OperationCase("select", Select(), [Sample.bools([3, 5]), Sample.any([3, 5]), Sample.any([3, 5], 2)]),
      OperationCase("select, broadcast", Select(), [Sample.bools([3, 1]), Sample.any([5]), Sample.any([], 2)]),
      OperationCase("clamp", Clamp(low: -0.5, high: 1), [Sample.distinct([5, 7])]),
      OperationCase("cast to float64", Cast(dtype: .float64), [Sample.any([3, 5])]),
      OperationCase("cast to int32", Cast(dtype: .int32), [Sample.distinct([3, 5])]),
      OperationCase("cast to bool", Cast(dtype: .bool), [Sample.integers([3, 5], below: 2)]),
      OperationCase(
        "cast from float16", Cast(dtype: .float32), [Sample.any([3, 5]).cast(to: .float16)], derivatives: 0),
      OperationCase("stop gradient", StopGradient(), [Sample.any([3, 5])], derivatives: 0),
    ]
}
