public import TensorCore

/// Between Keras's model JSON and layer graphs. Knows no layer kind and no file format.
public struct KerasConfig: Sendable {
  public var dialect: KerasDialect
  public var host: PluginHost
  /// Whether the model being written was built with numbers that stand for open sizes.
  var hasOpenSizes = false

  public init(dialect: KerasDialect = .keras3, host: PluginHost = .shared) {
    (self.dialect, self.host) = (dialect, host)
  }

  /// A model's recipe from its serialised form `{"class_name": ..., "config": ...}`: a `Sequential` or `Functional`.
  ///
  /// Throws `unknownLayerKind` naming every unknown class at once, or `invalidConfig` naming layer and key.
  public func model(from json: JSON) throws(CoreError) -> any Layer {
    let json = withoutMaskNodes(json)
    let unknown = unknownKinds(in: json).sorted()
    guard unknown.isEmpty else {
      let kinds = unknown.map { "\"\($0)\"" }.joined(separator: ", ")
      throw CoreError(
        .unknownLayerKind,
        "found layers of unknown kind \(kinds), expected one of \(host.layers.names.joined(separator: ", ")); a plugin "
          + "adds a kind with PluginHost.install, calling register(_:) for it")
    }
    return try composite(className: json["class_name"]?.stringValue, config: json["config"] ?? json)
  }

  /// Decides by keys rather than by class name: a subclass of Keras's Model has its own name and this config.
  func composite(className: String?, config: JSON) throws(CoreError) -> any Layer {
    let name = config["name"]?.stringValue ?? className.map(LayerNamer.snakeCase) ?? "model"
    do throws(CoreError) {
      if config["input_layers"] != nil {
        return try functional(config, name: name)
      }
      let layers = config["layers"] ?? config
      guard let entries = layers.arrayValue else {
        throw CoreError(.invalidConfig, "found a model config without \"layers\", expected a list of layers")
      }
      return try sequential(entries, config.objectValue ?? [:], name: name)
    } catch {
      throw error.inside(name)
    }
  }

  // MARK: Sequential

  private func sequential(_ entries: [JSON], _ config: JSONObject, name: String) throws(CoreError) -> Sequential {
    var nodes: [LayerNode] = []
    for entry in entries { nodes.append(try node(from: entry)) }
    var extras = config
    for key in ["name", "layers"] { extras[key] = nil }
    return try Sequential(nodes: nodes, name: name, extras: extras)
  }

  // MARK: Functional

  private func functional(_ config: JSON, name: String) throws(CoreError) -> Functional {
    guard let entries = config["layers"]?.arrayValue else {
      throw CoreError(.invalidConfig, "found a model config without \"layers\", expected a list of layers")
    }
    var nodes: [LayerNode] = []
    for entry in entries {
      var node = try node(from: entry)
      do {
        node.calls = try calls(entry["inbound_nodes"] ?? [])
      } catch {
        throw error.inside(node.name)
      }
      nodes.append(node)
    }
    var inputs = try references(config["input_layers"] ?? [], key: "input_layers")
    var outputs = try references(config["output_layers"] ?? [], key: "output_layers")
    if dialect == .keras2 { NodeIndexShift(nodes, outputs).apply(to: &nodes, &inputs, &outputs) }
    var extras = config.objectValue ?? [:]
    for key in ["name", "layers", "input_layers", "output_layers"] { extras[key] = nil }
    var model = try Functional(nodes: nodes, inputs: inputs, outputs: outputs, name: name, extras: extras)
    model.inputStructure = structure(config["input_layers"], count: inputs.count)
    model.outputStructure = structure(config["output_layers"], count: outputs.count)
    return model
  }

  /// Keras 2 writes lists of one for single tensors.
  private func structure(_ json: JSON?, count: Int) -> TensorStructure {
    if let object = json?.objectValue, object.count == count { return .named(object.keys.sorted()) }
    let isList = json?.arrayValue?.first?.arrayValue != nil
    return count == 1 && (dialect == .keras2 || !isList) ? .single : .list
  }

  /// A triple, a list of triples, or a dictionary of them (whose order is that of its sorted keys).
  private func references(_ json: JSON, key: String) throws(CoreError) -> [TensorReference] {
    if let reference = TensorReference(triple: json) { return [reference] }
    var result: [TensorReference] = []
    switch json {
    case .array(let items):
      for item in items { result += try references(item, key: key) }
    case .object(let object):
      for name in object.keys.sorted() { result += try references(object[name] ?? nil, key: key) }
    default:
      throw CoreError(.invalidConfig, "found \(json) in \"\(key)\", expected [layer, node, tensor]")
    }
    return result
  }

  private func calls(_ json: JSON) throws(CoreError) -> [LayerCall] {
    guard let nodes = json.arrayValue else {
      throw CoreError(.invalidConfig, "found inbound_nodes \(json), expected a list")
    }
    var calls: [LayerCall] = []
    for node in nodes {
      switch node {
      case .object(let object): calls.append(try keras3Call(object))
      case .array(let references): calls.append(try keras2Call(references))
      default: throw CoreError(.invalidConfig, "found inbound node \(node), expected an object or a list")
      }
    }
    return calls
  }

  private func keras3Call(_ node: JSONObject) throws(CoreError) -> LayerCall {
    var inputs: [TensorReference] = []
    let given = node["args"] ?? []
    try collectTensors(given, into: &inputs)
    guard !holdsConstant(given) else {
      throw CoreError(.invalidConfig, "found a call with arguments \(given), expected tensors alone")
    }
    var arguments = node["kwargs"]?.objectValue ?? [:]
    if let states = arguments["initial_state"] {
      // A recurrent layer's states follow its sequence.
      try collectTensors(states, into: &inputs)
      arguments["initial_state"] = nil
    }
    let keywords = try takeTensors(from: &arguments, into: &inputs) { (value, tensors) throws(CoreError) in
      try self.collectTensors(value, into: &tensors)
    }
    return LayerCall(inputs: inputs, keywords: keywords, arguments: arguments)
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
      if object["class_name"] == "__keras_tensor__" {
        guard let history = object["config"]?["keras_history"], let reference = TensorReference(triple: history) else {
          throw CoreError(.invalidConfig, "found a tensor without \"keras_history\", expected [layer, node, tensor]")
        }
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
    call.keywords = try takeTensors(from: &call.arguments, into: &call.inputs) { value, tensors in
      if let reference = TensorReference(triple: value) { tensors.append(reference) }
    }
    return call
  }

  // MARK: Layers

  func node(from entry: JSON) throws(CoreError) -> LayerNode {
    guard let className = entry["class_name"]?.stringValue, var config = entry["config"] else {
      throw CoreError(.invalidConfig, "found layer \(entry), expected \"class_name\" and \"config\" in it")
    }
    let name = entry["name"]?.stringValue ?? config["name"]?.stringValue ?? LayerNamer.snakeCase(className)
    if isComposite(entry) {
      let isTrainable = config["trainable"]?.boolValue ?? true
      return LayerNode(name: name, layer: try composite(className: className, config: config), isTrainable: isTrainable)
    }
    guard let kind = kind(of: entry) else {
      throw CoreError(.unknownLayerKind, "found layer of unknown kind \"\(className)\"", path: [name])
    }
    do {
      var object = config.objectValue ?? [:]
      let isTrainable = object["trainable"]?.boolValue ?? true
      for key in ["name", "trainable"] { object[key] = nil }
      if kind.type == InputLayer.self { renameBatchShape(&object) }
      config = .object(object)
      let decoded = try kind.decode(object, dialect, host)
      return LayerNode(name: name, layer: decoded.layer, isTrainable: isTrainable, extras: decoded.unknown)
    } catch let error as CoreError {
      throw error.inside(name)
    } catch {
      throw CoreError(.invalidConfig, "\(className): the config cannot be read", path: [name], cause: error)
    }
  }

  /// Keras 1 and 2 say `batch_input_shape` where Keras 3 says `batch_shape`.
  private func renameBatchShape(_ config: inout JSONObject) {
    guard let old = config["batch_input_shape"], config["batch_shape"] == nil else { return }
    config["batch_input_shape"] = nil
    config["batch_shape"] = old
  }

  private func kind(of entry: JSON) -> LayerKind? {
    for key in ["registered_name", "class_name"] {
      if let name = entry[key]?.stringValue, let kind = host.layers[name] { return kind }
    }
    return nil
  }

  private func isComposite(_ entry: JSON) -> Bool {
    guard let className = entry["class_name"]?.stringValue else { return false }
    return ["Sequential", "Functional", "Model"].contains(className) || entry["config"]?["input_layers"] != nil
  }

  private func unknownKinds(in model: JSON) -> Set<String> {
    let config = model["config"] ?? model
    var unknown: Set<String> = []
    for entry in (config["layers"] ?? config).arrayValue ?? [] { collectUnknownKinds(of: entry, into: &unknown) }
    return unknown
  }

  private func collectUnknownKinds(of entry: JSON, into unknown: inout Set<String>) {
    if isComposite(entry) { return unknown.formUnion(unknownKinds(in: entry)) }
    if kind(of: entry) == nil, let name = entry["class_name"]?.stringValue {
      unknown.insert(entry["registered_name"]?.stringValue ?? name)
    }
    // Layers in the configs of layers: wrapped ones, and cells.
    for key in ["layer", "backward_layer", "cell"] {
      if let inner = entry["config"]?[key], inner["class_name"] != nil {
        collectUnknownKinds(of: inner, into: &unknown)
      }
    }
    for inner in entry["config"]?["cells"]?.arrayValue ?? [] { collectUnknownKinds(of: inner, into: &unknown) }
  }
}

extension TensorReference {
  /// `["dense", 0, 0]`
  init?(triple: JSON) {
    guard let parts = triple.arrayValue, parts.count == 3, let layer = parts[0].stringValue,
      let call = parts[1].intValue, let output = parts[2].intValue, call >= 0, output >= 0
    else { return nil }
    self.init(layer, call: call, output: output)
  }
}
