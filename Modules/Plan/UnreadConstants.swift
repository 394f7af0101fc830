internal import TensorCore

/// Finds the constants that all their readers have packed, node after node.
struct UnreadConstants {
  /// Per constant, how many reads are still to come.
  private var pending: [Graph.ValueID: Int] = [:]
  /// Those whose bytes somebody reads in every run.
  private var read: Set<Graph.ValueID>

  init(_ graph: Graph) {
    read = Set(graph.outputs)
    for node in graph.nodes {
      for input in node.inputs where graph.constants[input] != nil { pending[input, default: 0] += 1 }
    }
  }

  /// The constants that nobody reads once `node` has been prepared; nil: the node is a view.
  mutating func after(_ node: Graph.Node, _ operation: PreparedOperation?) -> [Graph.ValueID] {
    let unread = operation?.kernel?.unreadInputs ?? []
    var released: [Graph.ValueID] = []
    for (index, input) in node.inputs.enumerated() {
      guard let count = pending[input] else { continue }
      if !unread.contains(index) { read.insert(input) }
      pending[input] = count - 1
      if count == 1, !read.contains(input) { released.append(input) }
    }
    return released
  }
}
