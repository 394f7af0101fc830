public import TensorCore

extension KerasConfig {
  /// A model's serialised form `{"class_name": ..., "config": ...}` in this dialect. Throws where a recipe cannot be
  /// encoded.
  public func json(of model: Model) throws(CoreError) -> JSON {
    try composite(model.root.layer, model.root, name: model.name)
  }

  /// - Parameter built: the layer as built, for the shapes that Keras 3 stores; nil leaves them open.
  private func composite(_ layer: any Layer, _ built: BuiltLayer?, name: String) throws(CoreError) -> JSON {
    if let sequential = layer as? Sequential {
      return ["class_name": "Sequential", "config": .object(try config(of: sequential, built, name: name))]
    }
    guard let functional = layer as? Functional else {
      throw CoreError(
        .invalidConfig, "found \(type(of: layer).kind), expected Sequential or Functional", path: [name])
    }
    return ["class_name": "Functional", "config": .object(try config(of: functional, built, name: name))]
  }

  func config(of model: Sequential, _ built: BuiltLayer?, name: String) throws(CoreError) -> JSONObject {
    var entries: [JSON] = []
    if !(model.nodes.first?.layer is InputLayer), let input = built?.inputs.first {
      // Keras builds a Sequential from its InputLayer: one that was given its shape on the way gets one in the file.
      let layer = inputLayer(for: input)
      entries.append(.object(try entry(LayerNode(name: "input_layer", layer: layer), nil)))
    }
    for node in model.nodes {
      entries.append(.object(try entry(node, built?.children.first { $0.name == node.name })))
    }
    var config: JSONObject = ["name": .string(name)]
    for (key, value) in model.extras { config[key] = value }
    if dialect == .keras3, config["trainable"] == nil { config["trainable"] = true }
    config["layers"] = .array(entries)
    return config
  }

  private func inputLayer(for spec: TensorSpec) -> InputLayer {
    InputLayer(shape: spec.shape.array.dropFirst().map { Optional($0) }, dtype: spec.dtype)
  }

  func config(of model: Functional, _ built: BuiltLayer?, name: String) throws(CoreError) -> JSONObject {
    var entries: [JSON] = []
    for node in model.nodes {
      var object = try entry(node, built?.children.first { $0.name == node.name })
      object["name"] = .string(node.name)
      object["inbound_nodes"] = .array(node.calls.map { call($0, built) })
      entries.append(.object(object))
    }
    var config: JSONObject = ["name": .string(name), "trainable": true]
    for (key, value) in model.extras { config[key] = value }
    config["layers"] = .array(entries)
    config["input_layers"] = .array(model.inputs.map(\.triple))
    config["output_layers"] = .array(model.outputs.map(\.triple))
    return config
  }

  private func call(_ call: LayerCall, _ model: BuiltLayer?) -> JSON {
    switch dialect {
    case .keras2:
      return .array(
        call.inputs.enumerated().map { index, input in
          let arguments: JSONObject = index == 0 ? call.arguments : [:]
          return .array([.string(input.layer), .integer(input.call), .integer(input.output), .object(arguments)])
        })
    case .keras3:
      let tensors = call.inputs.map { tensor($0, model) }
      // A merge layer takes a list as its one argument, any other layer its tensors one by one.
      let arguments: [JSON] = tensors.count == 1 ? tensors : [.array(tensors)]
      return ["args": .array(arguments), "kwargs": .object(call.arguments)]
    }
  }

  private func tensor(_ reference: TensorReference, _ model: BuiltLayer?) -> JSON {
    let outputs = model?.children.first { $0.name == reference.layer }?.outputs ?? []
    let spec = reference.output < outputs.count ? outputs[reference.output] : nil
    let shape: [JSON] = [nil] + (spec?.shape.array.dropFirst().map { .integer($0) } ?? [])
    return [
      "class_name": "__keras_tensor__",
      "config": [
        "shape": .array(shape), "dtype": .string((spec?.dtype ?? .float32).rawValue), "keras_history": reference.triple,
      ],
    ]
  }

  // MARK: Layers

  private func entry(_ node: LayerNode, _ built: BuiltLayer?) throws(CoreError) -> JSONObject {
    if node.layer is Sequential || node.layer is Functional {
      guard var object = try composite(node.layer, built, name: node.name).objectValue else { return [:] }
      if dialect == .keras3 { addOrigin(&object, node) }
      return object
    }
    let className = node.kind.split(separator: ">").last.map(String.init) ?? node.kind
    var object: JSONObject = ["class_name": .string(className), "config": .object(try config(of: node))]
    if dialect == .keras3 || node.kind.contains(">") { addOrigin(&object, node) }
    if dialect == .keras3, let built, !(node.layer is InputLayer), built.inputs.count == 1 {
      object["build_config"] = ["input_shape": shape(built.inputs[0])]
    }
    return object
  }

  private func addOrigin(_ object: inout JSONObject, _ node: LayerNode) {
    let isCustom = node.kind.contains(">")
    object["module"] = isCustom ? nil : "keras.layers"
    object["registered_name"] = isCustom ? .string(node.kind) : .null
  }

  private func config(of node: LayerNode) throws(CoreError) -> JSONObject {
    var config: JSONObject = ["name": .string(node.name)]
    if !(node.layer is InputLayer) { config["trainable"] = .bool(node.isTrainable) }
    for (key, value) in node.extras { config[key] = value }
    do {
      for (key, value) in try KerasCoder(dialect: dialect, host: host).encode(node.layer) { config[key] = value }
    } catch let error as CoreError {
      throw error.inside(node.name)
    } catch {
      throw CoreError(.invalidConfig, "the recipe cannot be encoded", path: [node.name], cause: error)
    }
    spell(&config, node)
    return config
  }

  /// The keys that the dialects spell differently.
  private func spell(_ config: inout JSONObject, _ node: LayerNode) {
    switch dialect {
    case .keras3:
      config["batch_input_shape"] = nil
      if config["dtype"] == nil { config["dtype"] = "float32" }
    case .keras2:
      if node.layer is InputLayer {
        config["batch_input_shape"] = config["batch_shape"]
        config["batch_shape"] = nil
        config["optional"] = nil
        config["ragged"] = config["ragged"] ?? false
      }
      // Keras 3 spells a policy as an object, Keras 2 as its name.
      if let name = config["dtype"]?["config"]?["name"] { config["dtype"] = name }
      if config["dtype"] == nil { config["dtype"] = "float32" }
      if node.layer is BatchNormalization, let axis = config["axis"]?.intValue { config["axis"] = [.integer(axis)] }
      for key in ["quantization_config", "renorm", "synchronized"] where config[key]?.boolValue != true {
        config[key] = nil
      }
    }
  }

  private func shape(_ spec: TensorSpec) -> JSON {
    .array([nil] + spec.shape.array.dropFirst().map { .integer($0) })
  }
}

extension TensorReference {
  /// `["dense", 0, 0]`
  var triple: JSON { [.string(layer), .integer(call), .integer(output)] }
}
