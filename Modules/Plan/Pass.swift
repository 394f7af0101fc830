public import TensorCore

/// A rewriting of a graph that leaves its meaning as it is.
public protocol Pass: Sendable {
  func apply(to graph: inout Graph)
}

extension Graph {
  /// Puts other values in place of some wherever they are read, the graph's outputs included.
  mutating func replaceUses(_ replacements: [ValueID: ValueID]) {
    guard !replacements.isEmpty else { return }
    // A replacement may itself have been replaced since it was noted.
    func resolved(_ value: ValueID) -> ValueID {
      var value = value
      while let next = replacements[value] { value = next }
      return value
    }
    for index in nodes.indices { nodes[index].inputs = nodes[index].inputs.map(resolved) }
    outputs = outputs.map(resolved)
  }
}
