internal import TensorCore

// Keras 3 writes the masks of functional models into the graph: as operations (`NotEqual` on the indices, `Any` on what
// `Masking` compares) and as an argument `mask` of the calls that use them. Here masks travel beside their tensors and come
// out the same, so both are left out.
extension KerasConfig {
  /// A serialised model without its masks, those of nested models included.
  func withoutMaskNodes(_ json: JSON) -> JSON {
    guard var model = json.objectValue else { return json }
    guard var config = model["config"]?.objectValue else { return json }
    guard let entries = config["layers"]?.arrayValue else { return json }
    var layers = entries.map { withoutMaskArguments(withoutMaskNodes($0)) }
    if config["input_layers"] != nil {
      while true {
        let used = references(in: .array(layers.map { $0["inbound_nodes"] ?? [] }), config["output_layers"] ?? [])
        let kept = layers.filter { entry in
          guard let name = entry["name"]?.stringValue, Self.maskOperations.contains(className(entry)) else {
            return true
          }
          return used.contains(name) || host.layers[className(entry)] != nil
        }
        guard kept.count < layers.count else { break }
        layers = kept
      }
    }
    config["layers"] = .array(layers)
    model["config"] = .object(config)
    return .object(model)
  }

  /// What masks are made of in files.
  private static let maskOperations: Set<String> = [
    "NotEqual", "Any", "LogicalAnd", "LogicalOr", "Squeeze", "ExpandDims",
  ]

  private func className(_ entry: JSON) -> String { entry["class_name"]?.stringValue ?? "" }

  /// A layer whose calls with a mask are without. One that is given a mask beside an initial state keeps it, and is then
  /// refused: without it, Keras 3 would not mask.
  private func withoutMaskArguments(_ entry: JSON) -> JSON {
    guard var layer = entry.objectValue, let nodes = layer["inbound_nodes"]?.arrayValue else { return entry }
    layer["inbound_nodes"] = .array(
      nodes.map { node in
        guard var call = node.objectValue, var arguments = call["kwargs"]?.objectValue else { return node }
        guard arguments["mask"]?["class_name"] == "__keras_tensor__", arguments["initial_state"] == nil else {
          return node
        }
        arguments["mask"] = nil
        call["kwargs"] = .object(arguments)
        return .object(call)
      })
    return .object(layer)
  }

  /// The names of all layers that tensors come from.
  private func references(in nodes: JSON, _ outputs: JSON) -> Set<String> {
    var names: Set<String> = []
    var pending = [nodes, outputs]
    while let json = pending.popLast() {
      switch json {
      case .array(let items):
        if let reference = TensorReference(triple: json) { names.insert(reference.layer) } else { pending += items }
      case .object(let object): pending += object.values
      default: break
      }
    }
    return names
  }
}
