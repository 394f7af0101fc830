public import TensorCore

/// Lets a convolution or a pooling do itself the padding that comes before it.
///
/// Zeros before a maximum pooling are left out where nothing is below zero anyway: there they never are the only maximum.
public struct PaddingFolding: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes { rewriter.keep(folded(node, rewriter) ?? node) }
    graph = rewriter.finished()
    DeadNodes().apply(to: &graph)
  }

  private func folded(_ node: Graph.Node, _ rewriter: GraphRewriter) -> Graph.Node? {
    guard let first = node.inputs.first, let place = rewriter.maker(of: first),
      let pad = rewriter[place].operation as? Pad, pad.before.count >= 3, isSpatial(pad.before), isSpatial(pad.after)
    else { return nil }
    var folded = node
    let x = rewriter[place].inputs[0]
    folded.inputs[0] = x
    switch node.operation {
    case var conv as Conv where pad.value == 0 && hasFiniteKernel(node, rewriter):
      let kernel = rewriter.spec(node.inputs[1]).shape
      guard let geometry = try? conv.geometry(input: rewriter.spec(first).shape, kernel: kernel) else { return nil }
      conv.padding = sum(geometry, pad)
      folded.operation = conv
    case var pool as Pool where pool.kind == .max:
      guard pad.value == -.infinity || (pad.value == 0 && isNeverNegative(x, rewriter)),
        let geometry = try? pool.geometry(input: rewriter.spec(first).shape), isNarrow(geometry, pad)
      else { return nil }
      pool.padding = sum(geometry, pad)
      folded.operation = pool
    default: return nil
    }
    return folded
  }

  /// Whether batch and channels stay as they are.
  private func isSpatial(_ padding: [Int]) -> Bool { padding.first == 0 && padding.last == 0 }

  /// Zero times infinity is not zero: where the weights are not finite, the padding has to be multiplied.
  private func hasFiniteKernel(_ node: Graph.Node, _ rewriter: GraphRewriter) -> Bool {
    rewriter.constant(node.inputs[1])?.isFinite ?? true
  }

  private func sum(_ geometry: ConvGeometry, _ pad: Pad) -> ConvPadding {
    let axes = geometry.paddingBefore.indices
    return .explicit(
      axes.map { geometry.paddingBefore[$0] + pad.before[$0 + 1] },
      axes.map { geometry.paddingAfter[$0] + pad.after[$0 + 1] })
  }

  /// Whether every window still holds an element that is no padding.
  private func isNarrow(_ geometry: ConvGeometry, _ pad: Pad) -> Bool {
    geometry.kernelSize.indices.allSatisfy { axis in
      geometry.kernelSize[axis] > geometry.paddingBefore[axis] + pad.before[axis + 1]
        && geometry.kernelSize[axis] > geometry.paddingAfter[axis] + pad.after[axis + 1]
    }
  }

  private func isNeverNegative(_ value: Graph.ValueID, _ rewriter: GraphRewriter) -> Bool {
    guard let place = rewriter.maker(of: value) else { return false }
    let node = rewriter[place]
    switch node.operation {
    case let operation as any ProductOperation: return isNeverNegative(operation.activation)
    case let operation as Activate: return isNeverNegative(operation.activation)
    case let operation as Clamp: return operation.low >= 0
    case let pad as Pad where pad.value < 0 || pad.value.isNaN: return false
    case is Pool, is Pad, is Reshape, is Transpose: return isNeverNegative(node.inputs[0], rewriter)
    default: return false
    }
  }

  private func isNeverNegative(_ activation: FusableActivation) -> Bool {
    switch activation {
    case .relu, .relu6, .sigmoid, .softplus, .exponential, .hardSigmoid, .hardSigmoidKeras2: true
    default: false
    }
  }
}
