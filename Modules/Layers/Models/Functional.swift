public import TensorCore

/// A graph of layers with any number of inputs and outputs. Keras: `Functional` (`keras.Model(inputs, outputs)`).
public struct Functional: Layer {
  public static let kind = "Functional"
  public static let template = Functional()

  public var name: String
  public internal(set) var nodes: [LayerNode]
  /// Of the model itself (`Model.dtypePolicy`); each layer has its own.
  public internal(set) var dtypePolicy = DTypePolicy.global
  public private(set) var inputs: [TensorReference]
  public private(set) var outputs: [TensorReference]
  /// What Python sees of the inputs and outputs.
  public var inputStructure: TensorStructure
  public var outputStructure: TensorStructure
  /// Other keys of the file's config, to be written back.
  public var extras: JSONObject

  private init() {
    (inputStructure, outputStructure) = (.list, .list)
    (name, nodes, inputs, outputs, extras) = ("functional", [], [], [], [:])
  }

  /// As a file or `Model(inputs:outputs:)` describes it. Throws where names clash or a reference leads nowhere.
  public init(
    nodes: [LayerNode], inputs: [TensorReference], outputs: [TensorReference], name: String, extras: JSONObject = [:]
  ) throws(CoreError) {
    (self.nodes, self.inputs, self.outputs, self.name, self.extras) = (nodes, inputs, outputs, name, extras)
    (inputStructure, outputStructure) = (TensorStructure(count: inputs.count), TensorStructure(count: outputs.count))
    var byName: [String: LayerNode] = [:]
    for node in nodes {
      guard byName.updateValue(node, forKey: node.name) == nil else {
        throw CoreError(.invalidConfig, "found two layers \"\(node.name)\", expected one of each name", path: [name])
      }
    }
    for reference in inputs + outputs + nodes.flatMap({ $0.calls.flatMap(\.references) })
    where byName[reference.layer] == nil {
      throw CoreError(
        .invalidConfig, "found a reference to layer \"\(reference.layer)\", expected one of the model's", path: [name])
    }
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs specs: [TensorSpec]) throws(CoreError) -> Forward {
    guard specs.count == inputs.count else {
      throw CoreError(.shapeMismatch, "found \(specs.count) inputs, expected \(inputs.count)")
    }
    var assembly = GraphAssembly(self)
    try assembly.bindInputs(specs, &scope)
    try assembly.bindCalls(&scope)
    for node in nodes { assembly.built[node.name].map { scope.adopt($0) } }
    let steps = assembly.steps
    let inputSlots = try assembly.slots(of: inputs)
    let outputSlots = try assembly.slots(of: outputs)
    let program = GraphProgram(
      steps: steps, slotCount: assembly.specs.count, inputs: inputSlots, outputs: outputSlots)
    return Forward(many: { inputs, context in program.run(inputs, &context) })
  }
}

/// Functional's calls in an order in which they can run, with numbered values.
private struct GraphProgram: Sendable {
  struct Step: Sendable {
    let forward: Forward
    let inputs: [Int]
    let outputs: [Int]
    /// Of the masks given with the call.
    let masks: [Int?]
    /// A mode that the call fixes, whatever the model's.
    let isTraining: Bool?
    let call: CallArguments
    let kerasMajorVersion: Int
  }

  let steps: [Step]
  let slotCount: Int
  let inputs: [Int]
  let outputs: [Int]
  /// Values that no later step reads, by step: they are let go, so that inference holds only what is live.
  private let lastUses: [[Int]]

  init(steps: [Step], slotCount: Int, inputs: [Int], outputs: [Int]) {
    (self.steps, self.slotCount, self.inputs, self.outputs) = (steps, slotCount, inputs, outputs)
    var seen = Set(outputs)
    lastUses = steps.reversed().map { step in
      let last = Set(step.inputs + step.outputs + step.masks.compactMap { $0 }).subtracting(seen)
      seen.formUnion(last)
      return Array(last)
    }.reversed()
  }

  func run(_ arguments: [Tensor], _ context: inout CallContext) -> [Tensor] {
    var values = [Tensor?](repeating: nil, count: slotCount)
    var masks = [Tensor?](repeating: nil, count: slotCount)
    for (slot, argument) in zip(inputs, arguments) { values[slot] = argument }
    for (index, slot) in inputs.enumerated() { masks[slot] = context.mask(index) }
    for (step, last) in zip(steps, lastUses) {
      let mode = context.isTraining
      if let fixed = step.isTraining { context.isTraining = fixed }
      let implicit = step.inputs.map { masks[$0] }
      let given = step.masks.map { $0.flatMap { values[$0]?.cast(to: .bool) } }
      context.masks = given.isEmpty ? implicit : given
      context.call = step.call
      let results = step.forward(step.inputs.map { values[$0]! }, &context)
      context.isTraining = mode
      for (slot, result) in zip(step.outputs, results) { values[slot] = result }
      // In Keras 3 a mask that was given acts, but only one that came with the input goes on with the outputs.
      let goesOn = given.isEmpty || step.kerasMajorVersion < 3 || implicit.contains { $0 != nil }
      for (index, slot) in step.outputs.enumerated() { masks[slot] = goesOn ? context.mask(index) : nil }
      for slot in last { (values[slot], masks[slot]) = (nil, nil) }
    }
    context.masks = outputs.map { masks[$0] }
    context.call = CallArguments()
    return outputs.map { values[$0]! }
  }
}

/// Orders the calls of a functional model, building every layer at its first call.
private struct GraphAssembly {
  let model: Functional
  var built: [String: BuiltLayer] = [:]
  var steps: [GraphProgram.Step] = []
  var specs: [TensorSpec] = []
  private var slotOf: [TensorReference: Int] = [:]

  init(_ model: Functional) { self.model = model }

  mutating func bindInputs(_ inputs: [TensorSpec], _ scope: inout BuildScope) throws(CoreError) {
    for (reference, spec) in zip(model.inputs, inputs) {
      guard let node = model.nodes.first(where: { $0.name == reference.layer }) else { continue }
      let child = try scope.child(of: node, inputs: [spec])
      built[node.name] = child
      slotOf[reference] = specs.count
      specs.append(spec)
    }
  }

  /// A work list, since files do not always list layers in the order of the graph.
  mutating func bindCalls(_ scope: inout BuildScope) throws(CoreError) {
    var pending = model.nodes.flatMap { node in node.calls.indices.map { (node, $0) } }
      .filter { node, call in slotOf[TensorReference(node.name, call: call)] == nil }
    while !pending.isEmpty {
      var waiting: [(LayerNode, Int)] = []
      for (node, call) in pending {
        let isReady =
          node.calls[call].references.allSatisfy { slotOf[$0] != nil } && (call == 0 || built[node.name] != nil)
        if isReady { try bind(node, call, &scope) } else { waiting.append((node, call)) }
      }
      guard waiting.count < pending.count else {
        let names = waiting.map(\.0.name).joined(separator: ", ")
        throw CoreError(
          .invalidConfig, "found layers whose inputs never come: \(names); the graph has a cycle or a gap")
      }
      pending = waiting
    }
  }

  private mutating func bind(_ node: LayerNode, _ call: Int, _ scope: inout BuildScope) throws(CoreError) {
    try checkNames(of: node, call)
    let inputs = try slots(of: node.calls[call].inputs)
    let inputSpecs = inputs.map { specs[$0] }
    let layer: BuiltLayer
    let outputs: [TensorSpec]
    // An operation has no weights to share, and its arguments are checked where it is built.
    if let known = built[node.name], !(node.layer is GraphOperation) {
      layer = known
      outputs = try scope.outputs(of: known, inputs: inputSpecs, call: node.calls[call].callArguments)
    } else {
      layer = try scope.child(of: node, inputs: inputSpecs, call: node.calls[call].callArguments)
      built[node.name] = layer
      outputs = layer.outputs
    }
    let first = specs.count
    specs += outputs
    for index in outputs.indices { slotOf[TensorReference(node.name, call: call, output: index)] = first + index }
    steps.append(
      GraphProgram.Step(
        forward: layer.forward, inputs: inputs, outputs: Array(first..<specs.count),
        masks: try node.calls[call].masks.map { (mask) throws(CoreError) in try mask.map(slot(of:)) },
        isTraining: fixedMode(node.calls[call], scope), call: node.calls[call].callArguments,
        kerasMajorVersion: scope.kerasMajorVersion))
  }

  /// A tensor given by a name that the layer does not know must not be taken for another input.
  private func checkNames(of node: LayerNode, _ call: Int) throws(CoreError) {
    let known = type(of: node.layer).inputNames
    for name in node.calls[call].keywords where !known.contains(name) {
      throw CoreError(
        .invalidConfig,
        "found a tensor as call argument \"\(name)\", expected "
          + (known.isEmpty ? "tensors by their places only" : "one of \(known.joined(separator: ", "))"),
        path: [node.name])
    }
  }

  /// A mode that the file fixes for a call. Keras 3 stores one too, but its fit, evaluate and predict override it.
  private func fixedMode(_ call: LayerCall, _ scope: BuildScope) -> Bool? {
    scope.kerasMajorVersion < 3 ? call.arguments["training"]?.boolValue : nil
  }

  func slots(of references: [TensorReference]) throws(CoreError) -> [Int] {
    var slots: [Int] = []
    for reference in references { slots.append(try slot(of: reference)) }
    return slots
  }

  private func slot(of reference: TensorReference) throws(CoreError) -> Int {
    guard let slot = slotOf[reference] else {
      throw CoreError(.invalidConfig, "found a reference to \(reference), expected an output of the model's layers")
    }
    return slot
  }
}
