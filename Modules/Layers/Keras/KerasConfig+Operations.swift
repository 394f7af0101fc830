internal import TensorCore

// Operations in functional graphs. Keras 3 stores one under its class name, with its constructor's arguments as its config;
// Keras 2 stores a TensorFlow function's name, and all arguments with the call.
extension KerasConfig {
  /// Whether an entry is an operation and no layer: some classes, as `Add`, are the name of both.
  func isOperation(_ entry: JSON) -> Bool {
    if GraphOperation.tensorFlowClasses.contains(entry["class_name"]?.stringValue ?? "") { return true }
    guard entry["inbound_nodes"]?[0]?.objectValue != nil else { return false }
    if let module = entry["module"]?.stringValue, module.hasPrefix("keras.") {
      return module.contains(".ops") || module.contains(".activations")
    }
    // Legacy files name no module. A layer's config says whether it is trained; an operation's has nothing to say.
    guard let config = entry["config"]?.objectValue, config["trainable"] == nil,
      config["dtype"] == nil || kind(of: entry) == nil
    else { return false }
    return kind(of: entry) == nil || host.graphOperations[operationName(entry)] != nil
  }

  /// The name that an operation is registered under.
  func operationName(_ entry: JSON) -> String {
    let className = entry["class_name"]?.stringValue ?? ""
    if GraphOperation.tensorFlowClasses.contains(className) {
      return "tf." + (entry["config"]?["function"]?.stringValue ?? "")
    }
    if let registered = entry["registered_name"]?.stringValue, registered.contains(">") { return registered }
    return className
  }

  func operationNode(
    _ entry: JSON, _ className: String, _ config: JSONObject, name: String
  ) throws(CoreError) -> LayerNode {
    let isTensorFlow = GraphOperation.tensorFlowClasses.contains(className)
    var operation = GraphOperation(isTensorFlow ? className : operationName(entry), settings: config)
    operation.settings["name"] = nil
    guard host.graphOperations[operation.name] != nil else {
      throw CoreError(.unknownName, GraphOperation.unknownMessage([operation.name], in: host), path: [name])
    }
    return LayerNode(name: name, layer: operation)
  }

  // MARK: Calls

  func operationCalls(_ json: JSON) throws(CoreError) -> [LayerCall] {
    guard let nodes = json.arrayValue else {
      throw CoreError(.invalidConfig, "found inbound_nodes \(json), expected a list")
    }
    var calls: [LayerCall] = []
    for node in nodes {
      var call = LayerCall(inputs: [])
      if let object = node.objectValue {
        var placed: [Operand] = []
        for argument in node["args"]?.arrayValue ?? [] { placed.append(try operand(argument, &call.inputs)) }
        call.operands = Operands(placed, named: try named(object["kwargs"]?.objectValue ?? [:], &call.inputs))
      } else {
        call.operands = try tensorFlowOperands(node, &call.inputs)
      }
      calls.append(call)
    }
    return calls
  }

  private func named(
    _ arguments: JSONObject, _ inputs: inout [TensorReference]
  ) throws(CoreError) -> [(String, Operand)] {
    var named: [(String, Operand)] = []
    for (key, value) in arguments { named.append((key, try operand(value, &inputs))) }
    return named
  }

  /// A tensor, a list with tensors in it, or a constant.
  private func operand(_ json: JSON, _ inputs: inout [TensorReference]) throws(CoreError) -> Operand {
    let reference = dialect == .keras3 ? try TensorReference(kerasTensor: json) : TensorReference(triple: json)
    if let reference {
      inputs.append(reference)
      return .input(inputs.count - 1)
    }
    guard let items = json.arrayValue else { return .constant(json) }
    let count = inputs.count
    var list: [Operand] = []
    for item in items { list.append(try operand(item, &inputs)) }
    return inputs.count == count ? .constant(json) : .list(list)
  }

  /// `[layer, node, tensor, arguments]` for one tensor or constant, or a list of these.
  private func tensorFlowOperands(
    _ node: JSON, _ inputs: inout [TensorReference]
  ) throws(CoreError) -> Operands {
    let isOne = node[0]?.stringValue != nil
    var placed: [Operand] = []
    for part in isOne ? [node] : node.arrayValue ?? [] {
      guard let parts = part.arrayValue, parts.count >= 3 else {
        throw CoreError(.invalidConfig, "found inbound node \(part), expected [layer, node, tensor]")
      }
      if parts[0] == "_CONSTANT_VALUE" {
        placed.append(.constant(parts[2]))
      } else if let reference = TensorReference(triple: .array(Array(parts.prefix(3)))) {
        inputs.append(reference)
        placed.append(.input(inputs.count - 1))
      } else {
        throw CoreError(.invalidConfig, "found inbound node \(part), expected [layer, node, tensor]")
      }
    }
    let arguments = (isOne ? node : node[0] ?? nil)[3]?.objectValue ?? [:]
    return Operands(isOne ? placed : [.list(placed)], named: try named(arguments, &inputs))
  }

  /// A call as this dialect writes it.
  ///
  /// - Parameters:
  ///   - operands: the arguments.
  ///   - inputs: the tensors among them, as this dialect writes them.
  func json(_ operands: Operands, _ inputs: [JSON]) -> JSON {
    func json(_ operand: Operand) -> JSON {
      switch operand {
      case .input(let index): inputs[index]
      case .constant(let value): value
      case .list(let items): .array(items.map(json))
      }
    }
    let named = JSONObject(operands.order.map { (key: $0, value: json(operands.named[$0] ?? .constant(nil))) })
    if dialect == .keras3 { return ["args": .array(operands.placed.map(json)), "kwargs": .object(named)] }
    func part(_ operand: Operand) -> JSON {
      guard case .input = operand, let triple = json(operand).arrayValue else {
        return ["_CONSTANT_VALUE", -1, json(operand), .object(named)]
      }
      return .array(triple + [.object(named)])
    }
    guard case .list(let items)? = operands.placed.first else {
      return part(operands.placed.first ?? .constant(nil))
    }
    return .array(items.map(part))
  }

  /// Throws `invalidConfig` where the other dialect has no such operation.
  func entry(of operation: GraphOperation, name: String) throws(CoreError) -> JSONObject {
    let isTensorFlow = operation.tensorFlowFunction != nil
    guard isTensorFlow == (dialect == .keras2) else {
      throw CoreError(
        .invalidConfig,
        "found operation \(operation.name) of Keras \(isTensorFlow ? 2 : 3), expected a file in that version's form",
        path: [name])
    }
    var config: JSONObject = ["name": .string(name)]
    for (key, value) in operation.settings { config[key] = value }
    var entry: JSONObject = ["class_name": .string(operation.className), "config": .object(config)]
    if dialect == .keras3 {
      // Keras 3 reads an operation only where it is told the module; its own legacy files do without, and cannot be read.
      let className = operation.className.split(separator: ">").last.map(String.init) ?? operation.className
      entry["class_name"] = .string(className)
      entry["module"] = GraphOperation.modules[className].map { .string("keras.src." + $0) } ?? nil
      entry["registered_name"] = .string(operation.className)
    }
    return entry
  }
}
