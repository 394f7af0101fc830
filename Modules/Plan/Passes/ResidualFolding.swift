public import TensorCore

/// Makes what is added to a convolution's or a dense product's result its residual, so that the sum costs no pass of its
/// own.
///
/// Where both sides are such products, the later one takes the other.
public struct ResidualFolding: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes { rewriter.keep(folded(node, &rewriter) ?? node) }
    graph = rewriter.finished()
  }

  /// The product takes the place of the sum, where the other side is there.
  private func folded(_ node: Graph.Node, _ rewriter: inout GraphRewriter) -> Graph.Node? {
    guard (node.operation as? Binary)?.op == .add, node.inputs[0] != node.inputs[1],
      rewriter.spec(node.inputs[0]) == rewriter.spec(node.inputs[1])
    else { return nil }
    let candidates = [(0, 1), (1, 0)].compactMap { (side, other) in
      rewriter.openProduct(making: node.inputs[side]).map { (product: $0, residual: node.inputs[other]) }
    }
    guard let (product, residual) = candidates.max(by: { $0.product.place < $1.product.place }) else { return nil }
    var (fused, operation) = (rewriter[product.place], product.operation)
    operation.hasResidual = true
    fused.operation = operation
    fused.inputs.append(residual)
    fused.outputs = node.outputs
    rewriter.drop(product.place)
    return fused
  }
}
