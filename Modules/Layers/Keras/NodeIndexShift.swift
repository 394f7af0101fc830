internal import TensorCore

/// Keras 2 counts the calls of a layer that were made outside of the stored model too; they come first. Where a
/// reference exceeds the number of calls that are stored, that many are taken off.
struct NodeIndexShift {
  private var offsets: [String: Int] = [:]

  init(_ nodes: [LayerNode], _ outputs: [TensorReference]) {
    var calls: [String: ClosedRange<Int>] = [:]
    for reference in nodes.flatMap({ $0.calls.flatMap(\.references) }) + outputs {
      let known = calls[reference.layer] ?? reference.call...reference.call
      calls[reference.layer] = min(known.lowerBound, reference.call)...max(known.upperBound, reference.call)
    }
    for node in nodes {
      guard let referred = calls[node.name], !node.calls.isEmpty else { continue }
      let excess = referred.upperBound - (node.calls.count - 1)
      // A reference to one of the first calls besides one beyond the last is no shift but an error, left to be found.
      if excess > 0, referred.lowerBound >= excess { offsets[node.name] = excess }
    }
  }

  func apply(
    to nodes: inout [LayerNode], _ inputs: inout [TensorReference], _ outputs: inout [TensorReference]
  ) {
    guard !offsets.isEmpty else { return }
    let shift = { (reference: inout TensorReference) in
      reference.call -= offsets[reference.layer] ?? 0
    }
    for node in nodes.indices {
      for call in nodes[node].calls.indices {
        for input in nodes[node].calls[call].inputs.indices { shift(&nodes[node].calls[call].inputs[input]) }
        nodes[node].calls[call].masks = nodes[node].calls[call].masks.map { mask in
          mask.map { mask in
            var mask = mask
            shift(&mask)
            return mask
          }
        }
      }
    }
    for index in inputs.indices { shift(&inputs[index]) }
    for index in outputs.indices { shift(&outputs[index]) }
  }
}
