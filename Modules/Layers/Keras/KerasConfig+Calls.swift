internal import TensorCore

// How layers are called in functional models: Keras 3's nodes with `args` and `kwargs`, and Keras 2's lists.
extension KerasConfig {
  func calls(_ json: JSON, of layer: any Layer) throws(CoreError) -> [LayerCall] {
    guard let nodes = json.arrayValue else {
      throw CoreError(.invalidConfig, "found inbound_nodes \(json), expected a list")
    }
    var calls: [LayerCall] = []
    for node in nodes {
      switch node {
      case .object(let object): calls.append(try keras3Call(object, type(of: layer).inputNames))
      case .array(let references): calls.append(try keras2Call(references))
      default: throw CoreError(.invalidConfig, "found inbound node \(node), expected an object or a list")
      }
    }
    return calls
  }

  /// - Parameter names: of the layer's inputs, by place.
  private func keras3Call(_ node: JSONObject, _ names: [String]) throws(CoreError) -> LayerCall {
    var inputs: [TensorReference] = []
    let given = node["args"] ?? []
    try collectTensors(given, into: &inputs)
    guard !holdsConstant(given) else {
      throw CoreError(.invalidConfig, "found a call with arguments \(given), expected tensors alone")
    }
    var arguments = node["kwargs"]?.objectValue ?? [:]
    let masks = try takeMasks(from: &arguments) { (value, tensors) throws(CoreError) in
      try self.collectTensors(value, into: &tensors)
    }
    if let states = arguments["initial_state"] {
      // A recurrent layer's states follow its sequence.
      try collectTensors(states, into: &inputs)
      arguments["initial_state"] = nil
    }
    // Behind an attention's key, places are those of Keras 3 alone.
    let placed = names.isEmpty ? [] : Array(names.prefix(inputs.count).dropFirst(3))
    let keywords = try takeTensors(from: &arguments, into: &inputs) { (value, tensors) throws(CoreError) in
      try self.collectTensors(value, into: &tensors)
    }
    return LayerCall(inputs: inputs, keywords: placed + keywords, arguments: arguments, masks: masks)
  }

  /// The tensors given as `mask`: one, or one per input.
  private func takeMasks(
    from arguments: inout JSONObject, _ collect: (JSON, inout [TensorReference]) throws(CoreError) -> Void
  ) throws(CoreError) -> [TensorReference?] {
    guard let value = arguments["mask"] else { return [] }
    var masks: [TensorReference?] = []
    for item in TensorReference(triple: value) == nil ? value.arrayValue ?? [value] : [value] {
      var tensors: [TensorReference] = []
      try collect(item, &tensors)
      masks.append(tensors.first)
    }
    guard masks.contains(where: { $0 != nil }) else { return [] }
    arguments["mask"] = nil
    return masks
  }

  /// Makes inputs of the arguments that are one tensor each, and returns their names.
  private func takeTensors(
    from arguments: inout JSONObject, into inputs: inout [TensorReference],
    _ collect: (JSON, inout [TensorReference]) throws(CoreError) -> Void
  ) throws(CoreError) -> [String] {
    var keywords: [String] = []
    for (key, value) in arguments {
      var tensors: [TensorReference] = []
      try collect(value, &tensors)
      guard tensors.count <= 1 else {
        throw CoreError(.invalidConfig, "found \(tensors.count) tensors as call argument \"\(key)\", expected one")
      }
      if tensors.isEmpty { continue }
      inputs += tensors
      keywords.append(key)
    }
    for key in keywords { arguments[key] = nil }
    return keywords
  }

  /// Every `__keras_tensor__` at any depth, in order.
  private func collectTensors(_ json: JSON, into result: inout [TensorReference]) throws(CoreError) {
    switch json {
    case .array(let items):
      for item in items { try collectTensors(item, into: &result) }
    case .object(let object):
      if let reference = try TensorReference(kerasTensor: json) {
        result.append(reference)
      } else {
        for value in object.values { try collectTensors(value, into: &result) }
      }
    default: break
    }
  }

  /// Whether there is a number, text or flag beside the tensors: an operation on a tensor and a constant.
  private func holdsConstant(_ json: JSON) -> Bool {
    switch json {
    case .array(let items): return items.contains(where: holdsConstant)
    case .null, .object: return false
    default: return true
    }
  }

  private func keras2Call(_ node: [JSON]) throws(CoreError) -> LayerCall {
    // A node that is itself one reference: how some versions write a call on a single tensor.
    let items = node.first?.stringValue == nil ? node : [.array(node)]
    var call = LayerCall(inputs: [])
    for (index, item) in items.enumerated() {
      guard let parts = item.arrayValue, let reference = TensorReference(triple: .array(Array(parts.prefix(3)))) else {
        throw CoreError(.invalidConfig, "found inbound node \(item), expected [layer, node, tensor]")
      }
      call.inputs.append(reference)
      if index == 0, parts.count > 3 { call.arguments = parts[3].objectValue ?? [:] }
    }
    call.masks = try takeMasks(from: &call.arguments) { value, tensors in
      if let reference = TensorReference(triple: value) { tensors.append(reference) }
    }
    call.keywords = try takeTensors(from: &call.arguments, into: &call.inputs) { value, tensors in
      if let reference = TensorReference(triple: value) { tensors.append(reference) }
    }
    return call
  }
}
