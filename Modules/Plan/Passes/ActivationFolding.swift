public import TensorCore

/// Applies an activation where its argument is computed: in the epilogue of a convolution or a dense product.
///
/// Through a maximum pooling as well: `relu(max(x)) = max(relu(x))`, and in an epilogue it costs nothing.
public struct ActivationFolding: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes {
      guard let activation = activation(of: node, rewriter), rewriter.spec(node.outputs[0]).dtype.isFloating,
        fold(activation, node, &rewriter)
      else {
        rewriter.keep(node)
        continue
      }
    }
    graph = rewriter.finished()
  }

  private func fold(_ activation: FusableActivation, _ node: Graph.Node, _ rewriter: inout GraphRewriter) -> Bool {
    guard let place = rewriter.soleMaker(of: node.inputs[0]) else { return false }
    var maker = rewriter[place]
    if let pool = maker.operation as? Pool, pool.kind == .max, activation == .relu || activation == .relu6,
      let source = rewriter.soleMaker(of: maker.inputs[0]), setEpilogue(activation, at: source, &rewriter)
    {
      maker.outputs = node.outputs
      rewriter.replace(place, with: maker)
      return true
    }
    return setEpilogue(activation, at: place, outputs: node.outputs, &rewriter)
  }

  private func setEpilogue(
    _ activation: FusableActivation, at place: Int, outputs: [Graph.ValueID]? = nil, _ rewriter: inout GraphRewriter
  ) -> Bool {
    var product = rewriter[place]
    guard var operation = product.operation as? any ProductOperation, operation.activation == .linear else {
      return false
    }
    operation.activation = activation
    product.operation = operation
    product.outputs = outputs ?? product.outputs
    rewriter.replace(place, with: product)
    return true
  }

  /// The function of a node as an epilogue can apply it.
  private func activation(of node: Graph.Node, _ rewriter: GraphRewriter) -> FusableActivation? {
    switch node.operation {
    case let operation as Activate: operation.activation
    case let operation as Unary: epilogue(operation.op)
    case let operation as Clamp where operation.low == 0 && operation.high == 6: .relu6
    case let operation as Clamp where operation.low == 0 && operation.high == .infinity: .relu
    case let operation as Binary where operation.op == .max: isZero(node.inputs[1], rewriter) ? .relu : nil
    default: nil
    }
  }

  private func epilogue(_ function: UnaryFunction) -> FusableActivation? {
    switch function {
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .softplus: .softplus
    case .exp: .exponential
    default: nil
    }
  }

  private func isZero(_ value: Graph.ValueID, _ rewriter: GraphRewriter) -> Bool {
    guard let tensor = rewriter.constant(value), tensor.rank == 0 else { return false }
    return tensor.cast(to: .float64).scalars(of: Double.self) == [0]
  }
}
