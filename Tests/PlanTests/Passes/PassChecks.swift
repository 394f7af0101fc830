import Plan
import TensorCore
import Testing

/// What a list of passes made of a function, beside the function itself.
struct Compiled {
  let graph: Graph
  let expected: [Tensor]
  let found: [Tensor]

  /// The names of the operations that are left.
  var names: [String] { graph.nodes.map { type(of: $0.operation).name } }

  func operation<Op: TensorCore.Operation>(_: Op.Type = Op.self) -> Op? {
    graph.nodes.lazy.compactMap { $0.operation as? Op }.first
  }

  /// Within rounding; NaN and infinity exactly.
  func expectSameValues(within tolerance: Double = 1e-5, _ location: SourceLocation = #_sourceLocation) {
    #expect(expected.map(\.spec) == found.map(\.spec), sourceLocation: location)
    for (a, b) in zip(expected, found) where a.spec == b.spec {
      let pairs = zip(a.cast(to: .float64).scalars(of: Double.self), b.cast(to: .float64).scalars(of: Double.self))
      let wrong = pairs.first { x, y in
        x.isNaN || x.isInfinite ? !(x == y || (x.isNaN && y.isNaN)) : !(abs(x - y) <= tolerance * max(1, abs(x)))
      }
      #expect(wrong == nil, sourceLocation: location)
    }
  }
}

/// Captures `body`, applies the passes, and runs both on the portable rules.
func compile(
  _ arguments: [Tensor], _ passes: [any Pass], _ body: ([Tensor]) throws(CoreError) -> [Tensor]
) throws -> Compiled {
  try Execution.$backends.withValue([]) {
    var graph = try GraphCapture.capture(arguments.map(\.spec), body)
    let expected = graph.run(arguments)
    for pass in passes { pass.apply(to: &graph) }
    return Compiled(graph: graph, expected: expected, found: graph.run(arguments))
  }
}

func sample(_ shape: Shape, _ seed: UInt64 = 1, dtype: DType = .float32) -> Tensor {
  Tensor.randomNormal(shape, key: RandomKey(seed: seed)).cast(to: dtype)
}
