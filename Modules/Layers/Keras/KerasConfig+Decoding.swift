public import TensorCore

/// Between Keras's model JSON and layer graphs. Knows no layer kind and no file format.
public struct KerasConfig: Sendable {
  public var dialect: KerasDialect
  public var host: PluginHost
  /// Whether the model being written was built with numbers that stand for open sizes.
  var hasOpenSizes = false
  /// How many samples every batch of the model being written has; nil: any number.
  var batchSize: Int?

  public init(dialect: KerasDialect = .keras3, host: PluginHost = .shared) {
    (self.dialect, self.host) = (dialect, host)
  }

  /// A model's recipe from its serialised form `{"class_name": ..., "config": ...}`: a `Sequential` or `Functional`.
  ///
  /// Throws `unknownLayerKind` naming every unknown class at once, or `invalidConfig` naming layer and key.
  public func model(from json: JSON) throws(CoreError) -> any Layer {
    var (unknown, operations): (Set<String>, Set<String>) = ([], [])
    collectUnknownKinds(in: json, &unknown, &operations)
    guard operations.isEmpty || !unknown.isEmpty else {
      throw CoreError(.unknownName, GraphOperation.unknownMessage(operations.sorted(), in: host))
    }
    guard unknown.isEmpty else {
      let unknown = unknown.sorted()
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
        let nodes = entry["inbound_nodes"] ?? []
        node.calls = node.layer is GraphOperation ? try operationCalls(nodes) : try calls(nodes, of: node.layer)
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
    if isOperation(entry) { return try operationNode(entry, className, config.objectValue ?? [:], name: name) }
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

  func kind(of entry: JSON) -> LayerKind? {
    for key in ["registered_name", "class_name"] {
      if let name = entry[key]?.stringValue, let kind = host.layers[name] { return kind }
    }
    return nil
  }

  private func isComposite(_ entry: JSON) -> Bool {
    guard let className = entry["class_name"]?.stringValue else { return false }
    return ["Sequential", "Functional", "Model"].contains(className) || entry["config"]?["input_layers"] != nil
  }

  private func collectUnknownKinds(in model: JSON, _ unknown: inout Set<String>, _ operations: inout Set<String>) {
    let config = model["config"] ?? model
    for entry in (config["layers"] ?? config).arrayValue ?? [] {
      collectUnknownKinds(of: entry, &unknown, &operations)
    }
  }

  private func collectUnknownKinds(of entry: JSON, _ unknown: inout Set<String>, _ operations: inout Set<String>) {
    if isComposite(entry) { return collectUnknownKinds(in: entry, &unknown, &operations) }
    if isOperation(entry) {
      let name = operationName(entry)
      if host.graphOperations[name] == nil { operations.insert(name) }
      return
    }
    if kind(of: entry) == nil, let name = entry["class_name"]?.stringValue {
      unknown.insert(entry["registered_name"]?.stringValue ?? name)
    }
    // Layers in the configs of layers: wrapped ones, and cells.
    for key in ["layer", "backward_layer", "cell"] {
      if let inner = entry["config"]?[key], inner["class_name"] != nil {
        collectUnknownKinds(of: inner, &unknown, &operations)
      }
    }
    for key in ["cells", "layers"] {
      for inner in entry["config"]?[key]?.arrayValue ?? [] { collectUnknownKinds(of: inner, &unknown, &operations) }
    }
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

  /// Keras 3's form of a tensor in a call; nil for anything else. Throws where it does not say where it comes from.
  init?(kerasTensor json: JSON) throws(CoreError) {
    guard json["class_name"] == "__keras_tensor__" else { return nil }
    guard let history = json["config"]?["keras_history"], let reference = TensorReference(triple: history) else {
      throw CoreError(.invalidConfig, "found a tensor without \"keras_history\", expected [layer, node, tensor]")
    }
    self = reference
  }
}
