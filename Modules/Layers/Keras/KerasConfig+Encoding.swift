public import TensorCore

// The form that legacy files have: no `module`, `registered_name` or `build_config`; a custom class goes by its
// registered name, as Keras 2 and 3 both write and look it up.
extension KerasConfig {
  /// A model's serialised form `{"class_name": ..., "config": ...}` in this dialect. Throws where a recipe cannot be
  /// encoded, or has no meaning in this dialect.
  public func json(of model: Model) throws(CoreError) -> JSON {
    var coder = self
    (coder.hasOpenSizes, coder.batchSize) = (model.otherRoot != nil, model.isStateful ? model.batchSize : nil)
    return try coder.composite(
      model.root.layer, model.root, name: model.name, isTrainable: model.root.isTrainable)
  }

  /// A shape with null for the batch, unless stateful layers need to know it, and for sizes that a model leaves open.
  private func batchShape(_ shape: Shape) -> [Int?] {
    [batchSize] + shape.array.dropFirst().map { hasOpenSizes && $0 == Shape.openSizes.0 ? nil : $0 }
  }

  private func json(_ shape: [Int?]) -> JSON { .array(shape.map { $0.map { .integer($0) } ?? .null }) }

  /// - Parameter built: the layer as built, for the shapes that Keras 3 stores; nil leaves them open.
  private func composite(
    _ layer: any Layer, _ built: BuiltLayer?, name: String, isTrainable: Bool
  ) throws(CoreError) -> JSON {
    if let sequential = layer as? Sequential {
      let config = try config(of: sequential, built, name: name, isTrainable: isTrainable)
      return ["class_name": "Sequential", "config": .object(config)]
    }
    guard let functional = layer as? Functional else {
      throw CoreError(
        .invalidConfig, "found \(type(of: layer).kind), expected Sequential or Functional", path: [name])
    }
    let config = try config(of: functional, built, name: name, isTrainable: isTrainable)
    return ["class_name": "Functional", "config": .object(config)]
  }

  func config(
    of model: Sequential, _ built: BuiltLayer?, name: String, isTrainable: Bool = true
  ) throws(CoreError) -> JSONObject {
    var entries: [JSON] = []
    if !(model.nodes.first?.layer is InputLayer), let input = built?.inputs.first {
      // Keras builds a Sequential from its InputLayer: one that was given its shape on the way gets one in the file.
      var namer = LayerNamer(taken: model.nodes.map(\.name))
      var layer = InputLayer(shape: [], dtype: input.dtype)
      layer.batchShape = batchShape(input.shape)
      let node = LayerNode(name: namer.name(basedOn: "input_layer"), layer: layer)
      entries.append(.object(try entry(node, nil, isTrainable: true)))
    }
    for node in model.nodes {
      let child = built?.children.first { $0.name == node.name }
      entries.append(.object(try entry(node, child, isTrainable: isTrainable)))
    }
    var config: JSONObject = ["name": .string(name)]
    for (key, value) in model.extras { config[key] = value }
    switch dialect {
    case .keras2:
      // Keras 2 stores neither, and each layer for itself whether it is trainable.
      for key in ["trainable", "dtype"] { config[key] = nil }
    case .keras3:
      config["trainable"] = .bool(isTrainable)
      if config["dtype"] == nil { config["dtype"] = model.dtypePolicy.config }
      if config["build_input_shape"] == nil, let input = built?.inputs.first {
        let isText = built?.children.first?.takesText ?? false
        config["build_input_shape"] = json(batchShape(isText ? input.shape.withoutBytes : input.shape))
      }
    }
    config["layers"] = .array(entries)
    return config
  }

  func config(
    of model: Functional, _ built: BuiltLayer?, name: String, isTrainable: Bool = true
  ) throws(CoreError) -> JSONObject {
    let model = dialect == .keras2 ? model.withoutMaskNodes() : model
    let embedded = Set(model.nodes.filter { countsItsOwnNode($0, isBuilt: built != nil) }.map(\.name))
    let spelledReference = { (reference: TensorReference) in
      var reference = reference
      if embedded.contains(reference.layer) { reference.call += 1 }
      return reference
    }
    var entries: [JSON] = []
    for node in model.nodes {
      var object = try entry(node, built?.children.first { $0.name == node.name }, isTrainable: isTrainable)
      object["name"] = .string(node.name)
      object["inbound_nodes"] = .array(node.calls.map { call($0, of: node, built, spelledReference) })
      entries.append(.object(object))
    }
    var config: JSONObject = ["name": .string(name)]
    for (key, value) in model.extras { config[key] = value }
    config["trainable"] = .bool(isTrainable)
    config["layers"] = .array(entries)
    config["input_layers"] = structure(model.inputs.map(spelledReference), model.inputStructure)
    config["output_layers"] = structure(model.outputs.map(spelledReference), model.outputStructure)
    return config
  }

  /// Keras 2 counts as a nested model's first call the one that its own construction from an InputLayer made.
  ///
  /// - Parameter isBuilt: whether a Sequential without an InputLayer gets one in the file.
  private func countsItsOwnNode(_ node: LayerNode, isBuilt: Bool) -> Bool {
    let inner = (node.layer as? Sequential)?.nodes ?? (node.layer as? Functional)?.nodes
    return dialect == .keras2 && (inner?.first?.layer is InputLayer || (isBuilt && node.layer is Sequential))
  }

  private func structure(_ references: [TensorReference], _ structure: TensorStructure) -> JSON {
    switch structure {
    case .named(let keys) where keys.count == references.count:
      return .object(JSONObject(zip(keys, references).map { (key: $0, value: $1.triple) }))
    case .single where references.count == 1 && dialect == .keras3: return references[0].triple
    default: return .array(references.map(\.triple))
    }
  }

  private func call(
    _ call: LayerCall, of node: LayerNode, _ model: BuiltLayer?,
    _ spelledReference: (TensorReference) -> TensorReference
  ) -> JSON {
    if let operands = call.operands {
      let inputs =
        dialect == .keras2 ? call.inputs.map { spelledReference($0).triple } : call.inputs.map { tensor($0, model) }
      return json(operands, inputs)
    }
    var call = call
    let masks = call.masks.map { mask in
      mask.map { dialect == .keras2 ? spelledReference($0).triple : tensor($0, model) } ?? nil
    }
    if !masks.isEmpty { call.arguments["mask"] = masks.count == 1 ? masks[0] : .array(masks) }
    switch dialect {
    case .keras2:
      // Keras 3 notes a mask that is none, and the mode that fit and predict override.
      let isNoted = kerasMajorVersion(of: model) >= 3
      let stored = call.arguments.filter { !$0.value.isNull && !(isNoted && $0.key == "training") }
      let inputs = call.inputs.map(spelledReference)
      var arguments = JSONObject(stored)
      var placed = inputs.prefix(inputs.count - call.keywords.count)
      for (key, input) in zip(call.keywords, inputs[placed.endIndex...]) { arguments[key] = input.triple }
      if type(of: node.layer).takesInputsOneByOne {
        // Keras 2 writes the first argument as the input and the others by name.
        let names = type(of: node.layer).inputNames
        for (key, input) in zip(names, placed).dropFirst().prefix(2) { arguments[key] = input.triple }
        if placed.count == 4 { arguments["attention_mask"] = placed[3].triple }
        placed = placed.prefix(1)
      }
      // The arguments stand beside every tensor.
      return .array(
        placed.map { input in
          .array([.string(input.layer), .integer(input.call), .integer(input.output), .object(arguments)])
        })
    case .keras3:
      let tensors = call.inputs.map { tensor($0, model) }
      if node.layer is any SequenceLayer, tensors.count > 1 {
        var arguments = call.arguments
        // One state by itself, several as a list, as users write it.
        arguments["initial_state"] = tensors.count == 2 ? tensors[1] : .array(Array(tensors[1...]))
        return ["args": [tensors[0]], "kwargs": .object(arguments)]
      }
      // A merge layer takes a list as its one argument, others their tensors one by one.
      var placed = Array(tensors.prefix(tensors.count - call.keywords.count))
      var named = call.arguments
      for (key, tensor) in zip(call.keywords, tensors[placed.count...]) { named[key] = tensor }
      if placed.count == 4, type(of: node.layer).inputNames == AttentionRoles.names {
        // In this place Keras 3 has another mask.
        named["attention_mask"] = placed.removeLast()
      }
      let isOneByOne = placed.count == 1 || type(of: node.layer).takesInputsOneByOne
      return ["args": .array(isOneByOne ? placed : [.array(placed)]), "kwargs": .object(named)]
    }
  }

  private func kerasMajorVersion(of model: BuiltLayer?) -> Int { model?.kerasMajorVersion ?? dialect.rawValue }

  private func tensor(_ reference: TensorReference, _ model: BuiltLayer?) -> JSON {
    let layer = model?.children.first { $0.name == reference.layer }
    let outputs = layer?.outputs ?? []
    let spec = reference.output < outputs.count ? outputs[reference.output] : nil
    let isText = layer?.makesText ?? false
    let shape = spec.map { isText ? $0.shape.withoutBytes : $0.shape }
    let sizes = shape.map { $0.rank == 0 ? [] : batchShape($0) } ?? [nil]
    let dtype = isText ? "string" : (spec?.dtype ?? .float32).rawValue
    return [
      "class_name": "__keras_tensor__",
      "config": [
        "shape": json(sizes), "dtype": .string(dtype), "keras_history": reference.triple,
      ],
    ]
  }

  // MARK: Layers

  func entry(_ node: LayerNode, _ built: BuiltLayer?, isTrainable: Bool) throws(CoreError) -> JSONObject {
    let isTrainable = isTrainable && node.isTrainable
    if node.layer is Sequential || node.layer is Functional {
      return try composite(node.layer, built, name: node.name, isTrainable: isTrainable).objectValue ?? [:]
    }
    if let operation = node.layer as? GraphOperation { return try entry(of: operation, name: node.name) }
    return ["class_name": .string(node.kind), "config": .object(try config(of: node, isTrainable: isTrainable))]
  }

  private func config(of node: LayerNode, isTrainable: Bool) throws(CoreError) -> JSONObject {
    var config: JSONObject = ["name": .string(node.name)]
    if !(node.layer is InputLayer) { config["trainable"] = .bool(isTrainable) }
    for (key, value) in node.extras { config[key] = value }
    do {
      for (key, value) in try KerasCoder(dialect: dialect, host: host).encode(node.layer) { config[key] = value }
    } catch let error as CoreError {
      throw error.inside(node.name)
    } catch {
      throw CoreError(.invalidConfig, "the recipe cannot be encoded", path: [node.name], cause: error)
    }
    return spelled(config, of: node)
  }
}

extension TensorReference {
  /// `["dense", 0, 0]`
  var triple: JSON { [.string(layer), .integer(call), .integer(output)] }
}
