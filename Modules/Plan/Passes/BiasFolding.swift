public import TensorCore

/// Makes a vector that is added to a convolution's or a dense product's result its bias.
public struct BiasFolding: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes where !fold(node, into: &rewriter) { rewriter.keep(node) }
    graph = rewriter.finished()
  }

  private func fold(_ node: Graph.Node, into rewriter: inout GraphRewriter) -> Bool {
    guard let op = (node.operation as? Binary)?.op, op == .add || op == .sub else { return false }
    let orders = op == .add ? [(0, 1), (1, 0)] : [(0, 1)]
    for (sum, vector) in orders {
      let (value, added) = (node.inputs[sum], node.inputs[vector])
      guard rewriter.spec(node.outputs[0]) == rewriter.spec(value), rewriter.spec(value).dtype.isFloating,
        let (place, operation) = rewriter.openProduct(making: value),
        let bias = bias(adding: added, negated: op == .sub, to: rewriter[place], operation, &rewriter)
      else { continue }
      var (product, folded) = (rewriter[place], operation)
      product.inputs = Array(product.inputs.prefix(2)) + [bias]
      folded.hasBias = true
      product.operation = folded
      product.outputs = node.outputs
      rewriter.replace(place, with: product)
      return true
    }
    return false
  }

  /// The bias that does both: the product's own, if any, and the vector.
  private func bias(
    adding value: Graph.ValueID, negated: Bool, to product: Graph.Node, _ operation: any ProductOperation,
    _ rewriter: inout GraphRewriter
  ) -> Graph.ValueID? {
    let shape = rewriter.spec(product.outputs[0]).shape
    guard let vector = rewriter.channelVector(value, for: shape) else {
      // A vector that is computed at run time can be the bias as it is, if it is there before the product.
      let isVector = rewriter.spec(value).shape == [shape.last]
      let isThere = rewriter.graph.inputs.contains(value) || rewriter.graph.constants[value] != nil
      return isVector && isThere && !negated && !operation.hasBias ? value : nil
    }
    let added = negated ? -vector : vector
    guard let index = operation.biasIndex else { return rewriter.addConstant(added) }
    guard let known = rewriter.constant(product.inputs[index]) else { return nil }
    return rewriter.addConstant(known + added)
  }
}
