public import TensorCore

/// Drops what leaves its input as it is: casts to the same element type, sums with zero, products with one, a reshape or
/// a transposition that the next one undoes.
public struct Identities: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    var replacements: [Graph.ValueID: Graph.ValueID] = [:]
    for var node in graph.nodes {
      node.inputs = node.inputs.map { replacements[$0] ?? $0 }
      node = merged(node, rewriter)
      if let input = unchanged(by: node, rewriter) {
        replacements[node.outputs[0]] = input
      } else {
        rewriter.keep(node)
      }
    }
    graph = rewriter.finished()
    graph.replaceUses(replacements)
    DeadNodes().apply(to: &graph)
  }

  /// Two moves of the same elements as one. The first stays for others that may read it.
  private func merged(_ node: Graph.Node, _ rewriter: GraphRewriter) -> Graph.Node {
    guard node.inputs.count == 1, let place = rewriter.maker(of: node.inputs[0]) else { return node }
    let first = rewriter[place]
    var merged = node
    switch (first.operation, node.operation) {
    case (is Reshape, is Reshape):
      merged.inputs = first.inputs
    case (let inner as Transpose, let outer as Transpose):
      merged.operation = Transpose(permutation: outer.permutation.map { inner.permutation[$0] })
      merged.inputs = first.inputs
    case (let inner as Cast, is Cast) where rewriter.spec(first.inputs[0]).dtype.fits(into: inner.dtype):
      merged.inputs = first.inputs
    default: break
    }
    return merged
  }

  /// The input that the node's only output equals.
  private func unchanged(by node: Graph.Node, _ rewriter: GraphRewriter) -> Graph.ValueID? {
    guard let input = node.inputs.first, node.outputs.count == 1 else { return nil }
    let isAlike = rewriter.spec(input) == rewriter.spec(node.outputs[0])
    switch node.operation {
    case is StopGradient, is Reshape, is Cast, is BroadcastTo, is Tile, is Pad: return isAlike ? input : nil
    case is Concatenate: return node.inputs.count == 1 ? input : nil
    case let slice as Slice: return isAlike && slice.strides.allSatisfy { $0 == 1 } ? input : nil
    case let transpose as Transpose:
      return transpose.permutation == Array(transpose.permutation.indices) ? input : nil
    case let activate as Activate: return activate.activation == .linear ? input : nil
    case is ScaleShift: return isAll(1, node.inputs[1], rewriter) && isAll(0, node.inputs[2], rewriter) ? input : nil
    case let binary as Binary: return unchanged(by: binary.op, node, rewriter)
    default: return nil
    }
  }

  private func unchanged(
    by op: BinaryFunction, _ node: Graph.Node, _ rewriter: GraphRewriter
  ) -> Graph.ValueID? {
    let neutral: Double
    var sides = [(0, 1)]
    switch op {
    case .add: (neutral, sides) = (0, [(0, 1), (1, 0)])
    case .mul: (neutral, sides) = (1, [(0, 1), (1, 0)])
    case .sub: neutral = 0
    case .div, .pow: neutral = 1
    default: return nil
    }
    for (kept, other) in sides
    where rewriter.spec(node.inputs[kept]) == rewriter.spec(node.outputs[0])
      && isAll(neutral, node.inputs[other], rewriter)
    {
      return node.inputs[kept]
    }
    return nil
  }

  private func isAll(_ number: Double, _ value: Graph.ValueID, _ rewriter: GraphRewriter) -> Bool {
    guard let tensor = rewriter.constant(value) else { return false }
    switch tensor.dtype {
    case .float32: return tensor.withScalars(of: Float.self) { $0.allSatisfy { $0 == Float(number) } }
    case .float64: return tensor.withScalars(of: Double.self) { $0.allSatisfy { $0 == number } }
    case .int32: return tensor.withScalars(of: Int32.self) { $0.allSatisfy { $0 == Int32(number) } }
    default: return false
    }
  }
}

extension DType {
  /// Whether every element of this type can be written as one of `other`, and read back.
  func fits(into other: DType) -> Bool {
    switch (self, other) {
    case _ where self == other: true
    case (.float16, .float32), (.bfloat16, .float32), (.float16, .float64), (.bfloat16, .float64): true
    case (.float32, .float64), (.uint8, .int32), (.uint8, .int64), (.int32, .int64): true
    case (.uint8, .float32), (.uint8, .float64), (.int32, .float64), (.bool, .uint8), (.bool, .float32): true
    default: false
    }
  }
}
