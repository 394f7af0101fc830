public import TensorCore

/// Computes now what depends on constants alone.
public struct ConstantFolding: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var kept: [Graph.Node] = []
    for node in graph.nodes {
      let values = node.inputs.compactMap { graph.constants[$0] }
      // Nodes without inputs are fills and ranges: constants too.
      guard values.count == node.inputs.count, values.allSatisfy({ $0.trace == nil && !$0.isHollow }) else {
        kept.append(node)
        continue
      }
      for (output, value) in zip(node.outputs, Tensor.applyAny(node.operation, values)) {
        graph.constants[output] = value
      }
    }
    graph.nodes = kept
  }
}
