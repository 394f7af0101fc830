internal import TensorCore

/// What passes that fold a node into its neighbour share: the nodes kept so far, who made each value, how often it is
/// read.
struct GraphRewriter {
  private(set) var graph: Graph
  /// nil where a node has been taken out again.
  private var kept: [Graph.Node?] = []
  private var makers: [Graph.ValueID: Int] = [:]
  private let readCounts: [Int]

  /// Starts with none of the graph's nodes: the pass walks over them and says what to keep.
  init(_ graph: Graph) {
    self.graph = graph
    var counts = [Int](repeating: 0, count: graph.specs.count)
    for node in graph.nodes { for input in node.inputs { counts[input] += 1 } }
    for output in graph.outputs { counts[output] += 1 }
    readCounts = counts
    kept.reserveCapacity(graph.nodes.count)
  }

  mutating func keep(_ node: Graph.Node) {
    for output in node.outputs { makers[output] = kept.count }
    kept.append(node)
  }

  /// The place of the node that makes `value`, among those kept.
  func maker(of value: Graph.ValueID) -> Int? { makers[value] }

  /// The same where nothing but one reader wants the value, so that its maker may give something else.
  func soleMaker(of value: Graph.ValueID) -> Int? { isReadOnce(value) ? makers[value] : nil }

  func isReadOnce(_ value: Graph.ValueID) -> Bool { value < readCounts.count && readCounts[value] == 1 }

  /// Whether any node kept behind `place` reads `value`.
  func isRead(_ value: Graph.ValueID, behind place: Int) -> Bool {
    kept[(place + 1)...].contains { $0?.inputs.contains(value) ?? false }
  }

  subscript(_ place: Int) -> Graph.Node { kept[place]! }

  func spec(_ value: Graph.ValueID) -> TensorSpec { graph.specs[value] }

  /// A constant's values, where it has some: a capture inside a capture has constants that are yet to be computed.
  func constant(_ value: Graph.ValueID) -> Tensor? {
    guard let tensor = graph.constants[value], tensor.trace == nil, !tensor.isHollow else { return nil }
    return tensor
  }

  mutating func addValue(_ spec: TensorSpec) -> Graph.ValueID { graph.addValue(spec) }

  mutating func addConstant(_ tensor: Tensor) -> Graph.ValueID {
    let value = graph.addValue(tensor.spec)
    graph.constants[value] = tensor
    return value
  }

  /// Puts another node where one was kept; it gives its own outputs.
  mutating func replace(_ place: Int, with node: Graph.Node) {
    for output in node.outputs { makers[output] = place }
    kept[place] = node
  }

  mutating func drop(_ place: Int) { kept[place] = nil }

  /// The graph with what was kept, in that order.
  consuming func finished() -> Graph {
    graph.nodes = kept.compactMap { $0 }
    return graph
  }
}

extension Tensor {
  /// Whether a floating-point tensor has neither NaN nor infinity.
  var isFinite: Bool {
    switch dtype {
    case .float32: withScalars(of: Float.self) { $0.allSatisfy { $0.isFinite } }
    case .float64: withScalars(of: Double.self) { $0.allSatisfy { $0.isFinite } }
    default: cast(to: .float64).withScalars(of: Double.self) { $0.allSatisfy { $0.isFinite } }
    }
  }
}
