internal import Synchronization

/// Writes down what a function does, without computing: tensors are hollow, having a spec and no bytes.
public final class GraphCapture: Interpreter {
  public let level = InterpreterLevel.next()

  private struct State: Sendable {
    var graph = Graph()
    var error: CoreError?
    /// Whether a shape rule failed: specs mean nothing from then on.
    var hasStandIns = false
    /// Constants by the address of their bytes, so that one tensor is one constant however often it is used.
    var constants: [Int: [Graph.ValueID]] = [:]
  }

  private let state = Mutex(State())

  private init() {}

  /// The graph of `body` for inputs of these specs. Throws what a shape rule inside it throws, with the layer's path.
  public static func capture(
    _ inputs: [TensorSpec], _ body: ([Tensor]) throws(CoreError) -> [Tensor]
  ) throws(CoreError) -> Graph {
    let capture = GraphCapture()
    let arguments = inputs.map { spec in
      let id = capture.state.withLock { state in
        let id = state.graph.addValue(spec)
        state.graph.inputs.append(id)
        return id
      }
      return capture.hollow(spec, id)
    }
    let results = try body(arguments)
    let outputs = results.map { capture.value(of: $0) }
    return try capture.state.withLock { state throws(CoreError) -> Graph in
      if let error = state.error { throw error }
      state.graph.outputs = outputs
      return state.graph
    }
  }

  public func apply(_ operation: any Operation, _ inputs: [Tensor]) -> [Tensor] {
    let ids = inputs.map { value(of: $0) }
    let path = Execution.layerPath
    let specs = inferred(operation, inputs.map(\.spec), path)
    let outputs = state.withLock { state in
      let outputs = specs.map { state.graph.addValue($0) }
      state.graph.nodes.append(Graph.Node(operation: operation, inputs: ids, outputs: outputs, layerPath: path))
      return outputs
    }
    return zip(specs, outputs).map { hollow($0, $1) }
  }

  /// The output specs. Tensor algebra cannot throw, so where a shape rule fails, the first error is kept for `capture`
  /// to throw, and everything after it gets stand-in specs.
  private func inferred(_ operation: any Operation, _ inputs: [TensorSpec], _ path: String) -> [TensorSpec] {
    let standIn = [TensorSpec](repeating: inputs.first ?? TensorSpec([]), count: operation.outputCount)
    guard state.withLock({ !$0.hasStandIns }) else { return standIn }
    do {
      let specs = try operation.inferWidening(inputs).outputs
      // Shapes from a file may multiply to more than there are numbers for, which no one could allocate.
      for spec in specs { _ = try Shape(validating: spec.shape.array) }
      return specs
    } catch {
      fail(error)
      state.withLock { $0.hasStandIns = true }
      return standIn
    }
  }

  /// Makes `capture` throw; the first error counts.
  func fail(_ error: CoreError) {
    let path = Execution.layerPath
    state.withLock { $0.error = $0.error ?? (path.isEmpty ? error : error.inside(path)) }
  }

  private func hollow(_ spec: TensorSpec, _ id: Graph.ValueID) -> Tensor {
    Tensor(storage: .none, spec: spec).traced(by: self, node: id)
  }

  /// The number of a value of this capture, or of a constant that is new to it.
  private func value(of tensor: Tensor) -> Graph.ValueID {
    if let node = tensor.node(in: self) { return node }
    return state.withLock { state in
      let address = Int(bitPattern: tensor.pointer)
      for id in state.constants[address] ?? [] {
        if let known = state.graph.constants[id], known.spec == tensor.spec, known.trace === tensor.trace { return id }
      }
      let id = state.graph.addValue(tensor.spec)
      state.graph.constants[id] = tensor
      state.constants[address, default: []].append(id)
      return id
    }
  }
}
