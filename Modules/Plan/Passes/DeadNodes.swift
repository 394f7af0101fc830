public import TensorCore

/// Drops what no output needs: nodes, and constants that nothing reads.
public struct DeadNodes: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var needed = Set(graph.outputs)
    var kept: [Graph.Node] = []
    for node in graph.nodes.reversed() where !needed.isDisjoint(with: node.outputs) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    graph.nodes = kept.reversed()
    graph.constants = graph.constants.filter { needed.contains($0.key) }
  }
}
