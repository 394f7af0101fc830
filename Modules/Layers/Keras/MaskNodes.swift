internal import TensorCore

// Keras 3 writes the masks of functional models into the graph: as operations (`NotEqual` on the indices, `Any` on what
// `Masking` compares) and as an argument `mask` of the calls that use them. Keras 2 has them travel beside their tensors.
extension Functional {
  /// The model without masks that are made of such operations, and without operations that only they needed.
  func withoutMaskNodes() -> Functional {
    let ofKeras3 = nodes.filter { ($0.layer as? GraphOperation).map { $0.tensorFlowFunction == nil } ?? false }
    let operations = Set(ofKeras3.map(\.name))
    guard !operations.isEmpty else { return self }
    var model = self
    for index in model.nodes.indices {
      for call in model.nodes[index].calls.indices {
        let masks = model.nodes[index].calls[call].masks
        if masks.allSatisfy({ $0.map { operations.contains($0.layer) } ?? true }) {
          model.nodes[index].calls[call].masks = []
        }
      }
    }
    while true {
      let used = Set((model.outputs + model.nodes.flatMap { $0.calls.flatMap(\.references) }).map(\.layer))
      let kept = model.nodes.filter { used.contains($0.name) || !Self.isMaskOperation($0) }
      guard kept.count < model.nodes.count else { return model }
      model.nodes = kept
    }
  }

  /// What masks are made of in files.
  private static func isMaskOperation(_ node: LayerNode) -> Bool {
    let names: Set = [
      "NotEqual", "Any", "LogicalAnd", "LogicalOr", "Squeeze", "ExpandDims", "Concatenate", "OnesLike", "BroadcastTo",
      "Cast", "All", "Reshape", "GetItem",
    ]
    return (node.layer as? GraphOperation).map { names.contains($0.name) } ?? false
  }
}
