public import TensorCore

/// Computes once what the graph asks for twice: the same operation on the same values.
public struct CommonSubexpressions: Pass {
  public init() {}

  private struct Key: Hashable {
    let operation: AnyHashable
    let inputs: [Graph.ValueID]
  }

  public func apply(to graph: inout Graph) {
    var known: [Key: [Graph.ValueID]] = [:]
    var replacements: [Graph.ValueID: Graph.ValueID] = [:]
    var kept: [Graph.Node] = []
    for var node in graph.nodes {
      node.inputs = node.inputs.map { replacements[$0] ?? $0 }
      let key = Key(operation: AnyHashable(node.operation), inputs: node.inputs)
      if let earlier = known[key] {
        for (output, same) in zip(node.outputs, earlier) { replacements[output] = same }
      } else {
        known[key] = node.outputs
        kept.append(node)
      }
    }
    graph.nodes = kept
    graph.replaceUses(replacements)
  }
}
