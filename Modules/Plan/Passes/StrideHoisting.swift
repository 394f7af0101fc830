public import TensorCore

/// Computes of a feature map only the pixels that are read: where pointwise convolutions skip pixels, the convolution in
/// front of them skips them.
///
/// `pointwise(stride 2)(conv(x) + residual)` becomes `pointwise(conv(stride 2)(x) + residual[::2])`, and so on towards the
/// input: in ResNet's first version, whose blocks begin with strides, that is a tenth of all multiplications.
public struct StrideHoisting: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var hoisting = Hoisting(graph)
    // Readers come after makers: strides wander from the end to the beginning.
    for index in graph.nodes.indices.reversed() { hoisting.hoist(into: index) }
    graph = hoisting.finished()
  }
}

private struct Hoisting {
  private var graph: Graph
  /// Per value, the nodes that read it, once for every time.
  private var readers: [Graph.ValueID: [Int]] = [:]
  /// Per node, what has to come before it.
  private var slices: [Int: Graph.Node] = [:]
  private var sliced: Set<Graph.ValueID> = []

  init(_ graph: Graph) {
    self.graph = graph
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { readers[input, default: []].append(index) }
    }
  }

  consuming func finished() -> Graph {
    let (nodes, slices) = (graph.nodes, slices)
    graph.nodes = nodes.indices.flatMap { index in (slices[index].map { [$0] } ?? []) + [nodes[index]] }
    return graph
  }

  mutating func hoist(into index: Int) {
    var node = graph.nodes[index]
    guard var conv = node.operation as? Conv, let wide = node.outputs.first, let strides = commonStrides(of: wide),
      let geometry = try? conv.geometry(
        input: graph.specs[node.inputs[0]].shape, kernel: graph.specs[node.inputs[1]].shape)
    else { return }
    conv.strides = zip(conv.strides, strides).map { $0 * $1 }
    conv.padding = .explicit(geometry.paddingBefore, geometry.paddingAfter)
    let sizes = zip(geometry.outputSize, strides).map { ($0 - 1) / $1 + 1 }
    let spec = TensorSpec(Shape([geometry.batch] + sizes + [geometry.outputChannels]), graph.specs[wide].dtype)
    let narrow = graph.addValue(spec)
    if let residual = conv.residualIndex {
      node.inputs[residual] = slice(node.inputs[residual], strides, spec, before: index)
    }
    node.operation = conv
    node.outputs = [narrow]
    graph.nodes[index] = node
    for reader in readers[wide] ?? [] { skipNothing(reader, reading: narrow) }
  }

  /// The strides of the readers, where all of them skip the same pixels and nobody wants the others.
  private func commonStrides(of value: Graph.ValueID) -> [Int]? {
    guard !graph.outputs.contains(value), !sliced.contains(value), let readers = readers[value],
      let first = readers.first,
      let strides = (graph.nodes[first].operation as? Conv)?.strides, strides.contains(where: { $0 > 1 })
    else { return nil }
    let areAlike = readers.allSatisfy { reader in
      let node = graph.nodes[reader]
      guard let conv = node.operation as? Conv, conv.strides == strides, node.inputs[0] == value,
        node.inputs.filter({ $0 == value }).count == 1
      else { return false }
      return isPointwise(conv, node)
    }
    return areAlike ? strides : nil
  }

  /// Whether each output element comes from one pixel.
  private func isPointwise(_ conv: Conv, _ node: Graph.Node) -> Bool {
    let (input, kernel) = (graph.specs[node.inputs[0]].shape, graph.specs[node.inputs[1]].shape)
    guard let geometry = try? conv.geometry(input: input, kernel: kernel) else { return false }
    return geometry.kernelSize.allSatisfy { $0 == 1 }
      && (geometry.paddingBefore + geometry.paddingAfter).allSatisfy { $0 == 0 }
  }

  /// A reader of pixels that are all wanted.
  private mutating func skipNothing(_ reader: Int, reading value: Graph.ValueID) {
    guard var conv = graph.nodes[reader].operation as? Conv else { return }
    conv.strides = conv.strides.map { _ in 1 }
    graph.nodes[reader].operation = conv
    graph.nodes[reader].inputs[0] = value
    readers[value, default: []].append(reader)
  }

  /// Every so many pixels of a value like `spec` but for its size.
  private mutating func slice(
    _ value: Graph.ValueID, _ strides: [Int], _ spec: TensorSpec, before index: Int
  ) -> Graph.ValueID {
    let shape = graph.specs[value].shape.array
    let operation = Slice(begin: shape.map { _ in 0 }, end: shape, strides: [1] + strides + [1])
    let result = graph.addValue(spec)
    let path = graph.nodes[index].layerPath
    slices[index] = Graph.Node(operation: operation, inputs: [value], outputs: [result], layerPath: path)
    sliced.insert(value)
    return result
  }
}
