internal import TensorCore

/// A graph ready to run: kernels chosen, constants packed, memory laid out. Immutable; sessions run it.
struct Program: Sendable {
  struct Step: Sendable {
    let operation: PreparedOperation
    let layerPath: String
    let inputs: [Place]
    let outputs: [Place]
    let scratch: Int?
  }

  /// Nodes that compute; views need no step.
  let steps: [Step]
  let constants: [Graph.ValueID: Tensor]
  /// Of the graph's inputs: the arguments, then the state.
  let argumentSpecs: [TensorSpec]
  let stateSpecs: [TensorSpec]
  let resultSpecs: [TensorSpec]
  /// Results and new states that do not come to lie where they belong, and are copied there at the end.
  let copies: [(from: Place, to: Region, byteCount: Int)]
  let arenaByteCount: Int
  let threads: Int

  /// Takes out of the graph the constants that kernels have packed and nothing reads any more, one after the other, so that
  /// the packed ones can take their memory.
  ///
  /// Throws what a backend throws that takes a case and cannot set it up, or `invalidArgument` where one state's new
  /// value is another's old one.
  init(_ graph: inout Graph, stateCount: Int = 0, threads limit: Int) throws(CoreError) {
    let threads = Self.isSmall(graph) ? 1 : limit
    var prepared: [PreparedOperation?] = []
    var facts: [MemoryPlanner.NodeFacts] = []
    let constantValues = Array(graph.constants.keys)
    var unread = UnreadConstants(graph)
    for node in graph.nodes {
      let (operation, fact) = try Self.prepare(node, graph, threads)
      prepared.append(operation)
      facts.append(fact)
      for value in unread.after(node, operation) { graph.constants[value] = nil }
    }
    let memory = MemoryPlanner.plan(graph, facts, constants: constantValues, stateCount: stateCount)
    steps = graph.nodes.indices.compactMap { index in
      guard let operation = prepared[index] else { return nil }
      let node = graph.nodes[index]
      return Step(
        operation: operation, layerPath: node.layerPath, inputs: node.inputs.map { memory.places[$0]! },
        outputs: node.outputs.map { memory.places[$0]! }, scratch: memory.scratch[index])
    }
    constants = graph.constants
    let specs = graph.inputs.map { graph.specs[$0] }
    argumentSpecs = specs.dropLast(stateCount)
    stateSpecs = specs.suffix(stateCount)
    resultSpecs = graph.outputs.dropLast(stateCount).map { graph.specs[$0] }
    copies = try Self.copies(graph, memory, stateCount)
    (arenaByteCount, self.threads) = (memory.arenaByteCount, threads)
  }

  /// Whether waking other threads would take longer than what they could take over: all products together last a few
  /// microseconds, and no value is larger than a cache that one core has to itself.
  private static func isSmall(_ graph: Graph) -> Bool {
    var flopCount = 0
    for node in graph.nodes {
      let (inputs, outputs) = (node.inputs.map { graph.specs[$0] }, node.outputs.map { graph.specs[$0] })
      flopCount += node.operation.flopCount(inputs: inputs, outputs: outputs)
      guard flopCount < 2_000_000, outputs.allSatisfy({ $0.byteCount < 1 << 16 }) else { return false }
    }
    return true
  }

  private static func prepare(
    _ node: Graph.Node, _ graph: Graph, _ threads: Int
  ) throws(CoreError) -> (PreparedOperation?, MemoryPlanner.NodeFacts) {
    let inputs = node.inputs.map { graph.specs[$0] }
    var facts = MemoryPlanner.NodeFacts()
    facts.views = OperationView.views(
      of: node.operation, inputs: inputs, outputs: node.outputs.map { graph.specs[$0] })
    guard facts.views == nil else { return (nil, facts) }
    var constants: [Int: Tensor] = [:]
    for (index, input) in node.inputs.enumerated() { constants[index] = graph.constants[input] }
    let operation: PreparedOperation
    do {
      operation = try PreparedOperation(node.operation, inputs: inputs, constants: constants, threads: threads)
    } catch {
      throw node.layerPath.isEmpty ? error : error.inside(node.layerPath)
    }
    if let kernel = operation.kernel {
      facts.overwritable = node.outputs.indices.map { kernel.mayOverwriteInput[$0].map { [$0] } ?? [] }
      facts.scratchByteCount = kernel.scratchByteCount
    } else {
      facts.overwritable = node.operation.overwritableInputs(inputs)
    }
    return (operation, facts)
  }

  private static func copies(
    _ graph: Graph, _ memory: MemoryPlan, _ stateCount: Int
  ) throws(CoreError) -> [(from: Place, to: Region, byteCount: Int)] {
    var copies: [(from: Place, to: Region, byteCount: Int)] = []
    let resultCount = graph.outputs.count - stateCount
    for (index, value) in graph.outputs.enumerated() {
      let (place, byteCount) = (memory.places[value]!, graph.specs[value].byteCount)
      let target = index < resultCount ? Region.result(index) : .state(index - resultCount)
      guard place != Place(region: target, byteOffset: 0), byteCount > 0 else { continue }
      if case .state(let other) = place.region, index >= resultCount {
        throw CoreError(.invalidArgument, "plan: state \(index - resultCount) takes the value of state \(other)")
      }
      copies.append((place, target, byteCount))
    }
    return copies
  }
}
