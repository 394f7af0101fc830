public import TensorCore

/// A function compiled for inputs of fixed specs: captured, simplified, its kernels chosen and constants packed.
///
/// Immutable and safe to run from many threads at once. The results are those of the function itself.
///
/// ```swift
/// let plan = try InferencePlan(inputs: [TensorSpec([1, 28, 28, 1])]) { model.root.forward($0, &context) }
/// let probabilities = try plan.run([digit])[0]
/// ```
public struct InferencePlan: Sendable {
  private struct Step: Sendable {
    let operation: PreparedOperation
    let inputs: [Graph.ValueID]
    let outputs: [Graph.ValueID]
    /// Values that no later step reads.
    let released: [Graph.ValueID]
  }

  /// What the passes left of the captured graph.
  public let graph: Graph
  private let steps: [Step]

  /// The passes that `init` applies, in order.
  public static let passes: [any Pass] = [ConstantFolding(), CommonSubexpressions(), DeadNodes()]

  /// Captures `body` and compiles it.
  ///
  /// - Parameters:
  ///   - inputs: the specs of every run's arguments.
  ///   - passes: what simplifies the captured graph.
  ///   - threads: for the kernels.
  ///   - body: the function; it must not read values of its arguments.
  /// - Throws: what a shape rule inside `body` throws, with the layer's path, or a backend that cannot set up a kernel.
  public init(
    inputs: [TensorSpec], passes: [any Pass] = InferencePlan.passes, threads: Int = Execution.threads,
    _ body: ([Tensor]) throws(CoreError) -> [Tensor]
  ) throws(CoreError) {
    var graph = try GraphCapture.capture(inputs, body)
    for pass in passes { pass.apply(to: &graph) }
    self.graph = graph
    var live = Set(graph.outputs + graph.inputs + graph.constants.keys)
    var reversed: [Step] = []
    for node in graph.nodes.reversed() {
      let released = Set(node.inputs + node.outputs).subtracting(live)
      live.formUnion(released)
      var constants: [Int: Tensor] = [:]
      for (index, input) in node.inputs.enumerated() { constants[index] = graph.constants[input] }
      let operation = try PreparedOperation(
        node.operation, inputs: node.inputs.map { graph.specs[$0] }, constants: constants, threads: threads)
      reversed.append(
        Step(operation: operation, inputs: node.inputs, outputs: node.outputs, released: Array(released)))
    }
    steps = reversed.reversed()
  }

  /// Throws where the arguments are not of the specs that the plan was made for.
  public func run(_ arguments: [Tensor]) throws(CoreError) -> [Tensor] {
    let expected = graph.inputs.map { graph.specs[$0] }
    guard arguments.map(\.spec) == expected else {
      throw CoreError(.shapeMismatch, "plan: found arguments \(arguments.map(\.spec)), expected \(expected)")
    }
    var values = [Tensor?](repeating: nil, count: graph.specs.count)
    for (value, argument) in zip(graph.inputs, arguments) { values[value] = argument }
    for (value, constant) in graph.constants { values[value] = constant }
    for step in steps {
      let results = step.operation.run(step.inputs.map { values[$0]! })
      for (value, result) in zip(step.outputs, results) { values[value] = result }
      for value in step.released { values[value] = nil }
    }
    return graph.outputs.map { values[$0]! }
  }
}
