public import TensorCore

/// `body(inputs)`, keeping nothing of what happens inside for the backward pass, which computes it again.
///
/// Trades a second forward pass for memory: a tape keeps the inputs and outputs of `body` only (Chen et al., "Training
/// deep nets with sublinear memory cost", 2016). Values are the same as without, bit for bit, gradients up to the
/// order of sums. Gradients also flow to tracked tensors that `body` takes from around it, such as weights.
///
/// `body` is run once on tensors without values to find its operations, so it must not read scalars, nor keep tensors
/// that it does not return. Traps where it breaks a shape rule.
public func checkpointed(_ inputs: [Tensor], _ body: ([Tensor]) -> [Tensor]) -> [Tensor] {
  var graph: Graph
  do {
    graph = try GraphCapture.capture(inputs.map(\.spec), body)
  } catch {
    error.trap()
  }
  // What the body took from around it becomes an argument, so that gradients reach it, and so that the operation
  // holds no tracked tensor (its tape would retain itself).
  let captured = graph.constants.keys.sorted()
  let arguments = inputs + captured.map { graph.constants[$0]! }
  graph.inputs += captured
  graph.constants = [:]
  guard arguments.contains(where: \.isOnTape) else { return graph.run(arguments) }
  return Tensor.apply(CheckpointedCall(graph), arguments)
}

/// A call of a graph as one operation, recomputed by its gradient rule.
struct CheckpointedCall: DifferentiableOperation {
  static let name = "checkpointed"

  /// Graphs have no equality; two calls are the same if they call the same object.
  private final class Body: Sendable {
    let graph: Graph

    init(_ graph: Graph) { self.graph = graph }
  }

  private let body: Body

  init(_ graph: Graph) { body = Body(graph) }

  static func == (a: CheckpointedCall, b: CheckpointedCall) -> Bool { a.body === b.body }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(body)) }

  var outputCount: Int { body.graph.outputs.count }

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    let expected = body.graph.inputs.map { body.graph.specs[$0] }
    guard inputs == expected else {
      throw CoreError(.shapeMismatch, "\(Self.name): found inputs \(inputs), expected \(expected)")
    }
    return body.graph.outputs.map { body.graph.specs[$0] }
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    write(body.graph.run(inputs), into: &outputs, of: Self.name)
  }

  func pullback(_ p: Pullback) -> [Tensor?] {
    let wanted = p.needs.indices.filter { p.needs[$0] }
    let (values, pull) = vectorJacobianProduct(at: wanted.map { p.inputs[$0] }) { variables in
      var arguments = p.inputs
      for (index, variable) in zip(wanted, variables) { arguments[index] = variable }
      return body.graph.run(arguments)
    }
    var gradients = [Tensor?](repeating: nil, count: p.inputs.count)
    for (index, gradient) in zip(wanted, pull(values.indices.map { p.gradient($0) })) { gradients[index] = gradient }
    return gradients
  }
}

extension Tensor {
  /// Whether a tape watches this value, directly or further out.
  fileprivate var isOnTape: Bool {
    var trace = trace
    while let current = trace {
      if current.interpreter is Tape { return true }
      trace = current.below.trace
    }
    return false
  }
}
