public import TensorCore

/// Has a maximum pooling of a training step write down where its maxima are, a byte for each, so that its gradient reads
/// neither the pooling's input nor its output.
///
/// The gradient of a relu in front of the pooling is then taken behind it, where there are fewer elements: only maxima get
/// a gradient, and the pooled value says whether a maximum was cut off. The numbers are the same.
public struct PoolingTaps: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes {
      switch node.operation {
      case let operation as MaxPoolGradient:
        rewriter.keep(gradientFromTaps(operation, node, &rewriter) ?? node)
      case let operation as ActivateGradientFromOutput:
        rewriter.keep(gradientBehindSlope(operation, node, &rewriter) ?? node)
      default:
        rewriter.keep(node)
      }
    }
    graph = rewriter.finished()
  }

  private func gradientFromTaps(
    _ operation: MaxPoolGradient, _ node: Graph.Node, _ rewriter: inout GraphRewriter
  ) -> Graph.Node? {
    let spec = rewriter.spec(node.inputs[0])
    guard operation.hasPooled, spec.dtype == .float32 || spec.dtype == .float64,
      let place = rewriter.maker(of: node.inputs[2]), rewriter[place].inputs[0] == node.inputs[0]
    else { return nil }
    var (forward, gradient) = (rewriter[place], node)
    if let pool = forward.operation as? Pool {
      guard pool.kind == .max, pool.window == operation.window, pool.strides == operation.strides,
        pool.padding == operation.padding, pool.window.reduce(1, *) <= MaxPoolWithTaps.mostTaps
      else { return nil }
      forward.operation = MaxPoolWithTaps(window: pool.window, strides: pool.strides, padding: pool.padding)
      forward.outputs.append(rewriter.addValue(TensorSpec(rewriter.spec(forward.outputs[0]).shape, .uint8)))
      rewriter.replace(place, with: forward)
    }
    guard let pool = forward.operation as? MaxPoolWithTaps, pool.window == operation.window,
      pool.strides == operation.strides, pool.padding == operation.padding
    else { return nil }
    gradient.operation = MaxPoolGradientFromTaps(
      window: pool.window, strides: pool.strides, padding: pool.padding, inputShape: spec.shape)
    gradient.inputs = [forward.outputs[1], node.inputs[1]]
    return gradient
  }

  /// `spread(slope(pooled) * dy)` for `slope(x) * spread(dy)`.
  private func gradientBehindSlope(
    _ operation: ActivateGradientFromOutput, _ node: Graph.Node, _ rewriter: inout GraphRewriter
  ) -> Graph.Node? {
    guard operation.activation == .relu || operation.activation == .relu6,
      let place = rewriter.soleMaker(of: node.inputs[1]), rewriter[place].operation is MaxPoolGradientFromTaps,
      let forward = rewriter.maker(of: rewriter[place].inputs[0]), rewriter[forward].inputs[0] == node.inputs[0]
    else { return nil }
    let spread = rewriter[place]
    let before = rewriter.addValue(rewriter.spec(spread.inputs[1]))
    rewriter.replace(
      place,
      with: Graph.Node(
        operation: operation, inputs: [rewriter[forward].outputs[0], spread.inputs[1]], outputs: [before],
        layerPath: node.layerPath))
    return Graph.Node(
      operation: spread.operation, inputs: [spread.inputs[0], before], outputs: node.outputs,
      layerPath: spread.layerPath)
  }
}
