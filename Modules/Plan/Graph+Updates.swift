internal import TensorCore

extension Graph {
  /// Moves the nodes that make new state forward: each to where its inputs are complete and no other node reads the old
  /// value any more, so that it can be overwritten.
  mutating func hoistUpdates(stateCount: Int) {
    var updates = UpdateOrder(self, stateCount: stateCount)
    let order = updates.order()
    nodes = order.map { nodes[$0] }
  }
}

/// The order of a graph's nodes with its updates as early as they may come.
private struct UpdateOrder {
  private let graph: Graph
  private var isUpdate: [Bool]
  /// Per node, the updates that cannot come before it.
  private var waiting: [[Int]]
  /// Per update, how many nodes it waits for.
  private var missing: [Int]
  private var emitted: [Bool]
  private var result: [Int] = []

  init(_ graph: Graph, stateCount: Int) {
    self.graph = graph
    let count = graph.nodes.count
    isUpdate = Array(repeating: false, count: count)
    waiting = Array(repeating: [], count: count)
    missing = Array(repeating: 0, count: count)
    emitted = Array(repeating: false, count: count)
    var states: [Graph.ValueID: Graph.ValueID] = [:]
    for (old, new) in zip(graph.inputs.suffix(stateCount), graph.outputs.suffix(stateCount)) { states[new] = old }
    let readers = readers(of: Set(graph.inputs.suffix(stateCount)))
    var producers: [Graph.ValueID: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs { producers[output] = index }
      let overwritten = node.outputs.compactMap { states[$0] }
      guard !overwritten.isEmpty else { continue }
      isUpdate[index] = true
      var needed = Set(node.inputs.compactMap { producers[$0] })
      for state in overwritten { needed.formUnion(readers[state] ?? []) }
      needed.remove(index)
      missing[index] = needed.count
      for other in needed { waiting[other].append(index) }
    }
  }

  /// The nodes that read a state or a view of it.
  private func readers(of states: Set<Graph.ValueID>) -> [Graph.ValueID: Set<Int>] {
    var origins: [Graph.ValueID: Graph.ValueID] = [:]
    for state in states { origins[state] = state }
    var readers: [Graph.ValueID: Set<Int>] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { if let origin = origins[input] { readers[origin, default: []].insert(index) } }
      guard node.inputs.contains(where: { origins[$0] != nil }) else { continue }
      let views = OperationView.views(
        of: node.operation, inputs: node.inputs.map { graph.specs[$0] }, outputs: node.outputs.map { graph.specs[$0] })
      for (output, view) in zip(node.outputs, views ?? []) { origins[output] = origins[node.inputs[view.input]] }
    }
    return readers
  }

  /// Where an update would have to wait for what comes after it, it stays in its place.
  mutating func order() -> [Int] {
    for index in graph.nodes.indices where !emitted[index] { emit(index) }
    return result
  }

  private mutating func emit(_ first: Int) {
    var ready = [first]
    while let index = ready.popLast() {
      guard !emitted[index] else { continue }
      emitted[index] = true
      result.append(index)
      for update in waiting[index] {
        missing[update] -= 1
        if missing[update] == 0, !emitted[update] { ready.append(update) }
      }
    }
  }
}
