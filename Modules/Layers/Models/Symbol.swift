public import TensorCore

/// A value in a functional model under construction, as Keras's `KerasTensor`.
///
/// ```swift
/// let image = Symbol.input([28, 28, 1])
/// let a = Conv2D(filters: 8, kernelSize: 3, padding: .same)(image)
/// let sum = Add()([a, Conv2D(filters: 8, kernelSize: 1)(image, name: "shortcut")])
/// let model = try Model(inputs: [image], outputs: [Dense(units: 10)(GlobalAveragePooling2D()(sum))])
/// ```
public struct Symbol: Sendable {
  final class Call: Sendable {
    let layer: LayerHandle
    let inputs: [Symbol]
    let keywords: [String]
    let arguments: JSONObject
    let masks: [Symbol?]
    let operands: Operands?

    init(
      layer: LayerHandle, inputs: [Symbol], keywords: [String] = [], arguments: JSONObject = [:],
      masks: [Symbol?] = [], operands: Operands? = nil
    ) {
      (self.layer, self.inputs, self.keywords, self.arguments) = (layer, inputs, keywords, arguments)
      (self.masks, self.operands) = (masks, operands)
    }

    /// All symbols that the call needs.
    var parents: [Symbol] { inputs + masks.compactMap { $0 } }
  }

  let call: Call
  let output: Int

  /// Where data enters. - Parameter shape: of one sample; nil stands for any number.
  public static func input(_ shape: [Int?], dtype: DType = .float32, name: String? = nil) -> Symbol {
    let handle = LayerHandle(InputLayer(shape: shape, dtype: dtype), name: name)
    return Symbol(call: Call(layer: handle, inputs: []), output: 0)
  }

  /// Where strings enter. - Parameter shape: of one sample; nil stands for any number.
  public static func input(strings shape: [Int?], name: String? = nil) -> Symbol {
    Symbol(call: Call(layer: LayerHandle(InputLayer(strings: shape), name: name), inputs: []), output: 0)
  }
}

/// A layer with an identity, so that two calls of the same handle share weights.
///
/// ```swift
/// let tower = LayerHandle(Dense(units: 64))
/// let (left, right) = (tower(a), tower(b))
/// ```
public final class LayerHandle: Sendable {
  public let layer: any Layer
  public let name: String?
  public let isTrainable: Bool

  public init(_ layer: any Layer, name: String? = nil, isTrainable: Bool = true) {
    (self.layer, self.name, self.isTrainable) = (layer, name, isTrainable)
  }

  /// A call.
  ///
  /// - Parameters:
  ///   - inputs: the tensors, those given by name last.
  ///   - keywords: the names of the last inputs.
  ///   - arguments: switches by Keras's names: `["use_causal_mask": true]`.
  ///   - masks: for each input from the first on, bool `[batch, time]`; empty: those that come with the inputs.
  /// - Returns: the (first) output.
  public func callAsFunction(
    _ inputs: [Symbol], keywords: [String] = [], arguments: JSONObject = [:], masks: [Symbol?] = []
  ) -> Symbol {
    outputs(inputs, count: 1, keywords: keywords, arguments: arguments, masks: masks)[0]
  }

  public func callAsFunction(_ input: Symbol) -> Symbol { self([input]) }

  /// A call of a layer with several results.
  ///
  /// - Parameters:
  ///   - inputs: the tensors, those given by name last.
  ///   - count: how many results there are.
  ///   - keywords: the names of the last inputs.
  ///   - arguments: switches by Keras's names: `["return_attention_scores": true]`.
  ///   - masks: for each input from the first on, bool `[batch, time]`; empty: those that come with the inputs.
  /// - Returns: the outputs.
  public func outputs(
    _ inputs: [Symbol], count: Int, keywords: [String] = [], arguments: JSONObject = [:], masks: [Symbol?] = []
  ) -> [Symbol] {
    let call = Symbol.Call(layer: self, inputs: inputs, keywords: keywords, arguments: arguments, masks: masks)
    return (0..<count).map { Symbol(call: call, output: $0) }
  }
}

extension Layer {
  /// This layer on one value of a functional model.
  public func callAsFunction(_ input: Symbol, name: String? = nil) -> Symbol { LayerHandle(self, name: name)([input]) }

  /// This layer on several values.
  ///
  /// - Parameters:
  ///   - inputs: the tensors.
  ///   - name: of the layer; nil: made from its class.
  ///   - arguments: switches of the call by Keras's names: `["use_causal_mask": true]`.
  /// - Returns: the (first) output.
  public func callAsFunction(_ inputs: [Symbol], name: String? = nil, arguments: JSONObject = [:]) -> Symbol {
    LayerHandle(self, name: name)(inputs, arguments: arguments)
  }
}

extension Functional {
  /// The graph between these inputs and outputs. Throws where an output needs an input that is not listed, an input is
  /// none, or two layers have one name.
  public init(inputs: [Symbol], outputs: [Symbol], name: String = "functional") throws(CoreError) {
    var walk = SymbolWalk()
    for input in inputs {
      guard input.call.layer.layer is InputLayer else {
        throw CoreError(.invalidArgument, "found an input made by a layer, expected Symbol.input", path: [name])
      }
      walk.visit(input)
    }
    let listed = walk.order.count
    for output in outputs { walk.visit(output) }
    for handle in walk.order[listed...] where handle.layer is InputLayer {
      throw CoreError(
        .invalidArgument,
        "found an output that needs input \"\(handle.name ?? "without a name")\", expected it among "
          + "the inputs", path: [name])
    }
    let names = try walk.names(in: name)
    let nodes = SymbolOrder(inputs: inputs, outputs: outputs).sorted(walk.order).map { handle in
      LayerNode(
        name: names[ObjectIdentifier(handle)]!, layer: handle.layer, isTrainable: handle.isTrainable,
        calls: walk.calls[ObjectIdentifier(handle)]!.map { call in
          LayerCall(
            inputs: call.inputs.map { walk.reference($0, names) }, keywords: call.keywords, arguments: call.arguments,
            masks: call.masks.map { $0.map { walk.reference($0, names) } }, operands: call.operands)
        })
    }
    try self.init(
      nodes: nodes.map { node in
        var node = node
        if node.layer is InputLayer { node.calls = [] }
        return node
      }, inputs: inputs.map { walk.reference($0, names) }, outputs: outputs.map { walk.reference($0, names) },
      name: name)
  }
}

/// Collects the layers behind symbols, each before those that use it.
private struct SymbolWalk {
  var order: [LayerHandle] = []
  var calls: [ObjectIdentifier: [Symbol.Call]] = [:]
  private var seen: Set<ObjectIdentifier> = []

  /// With a stack of its own: a chain of a thousand layers must not recurse a thousand deep.
  mutating func visit(_ symbol: Symbol) {
    var stack: [(call: Symbol.Call, next: Int)] = [(symbol.call, 0)]
    while let (call, next) = stack.last {
      if seen.contains(ObjectIdentifier(call)) {
        stack.removeLast()
      } else if next < call.parents.count {
        stack[stack.count - 1].next += 1
        stack.append((call.parents[next].call, 0))
      } else {
        seen.insert(ObjectIdentifier(call))
        if calls[ObjectIdentifier(call.layer)] == nil { order.append(call.layer) }
        calls[ObjectIdentifier(call.layer), default: []].append(call)
        stack.removeLast()
      }
    }
  }

  func names(in model: String) throws(CoreError) -> [ObjectIdentifier: String] {
    var namer = LayerNamer()
    for name in order.compactMap(\.name) where !namer.reserve(name) {
      throw CoreError(.invalidArgument, "found two layers \"\(name)\", expected one of each name", path: [model])
    }
    var names: [ObjectIdentifier: String] = [:]
    for handle in order { names[ObjectIdentifier(handle)] = handle.name ?? namer.name(for: handle.layer) }
    return names
  }

  func reference(_ symbol: Symbol, _ names: [ObjectIdentifier: String]) -> TensorReference {
    let id = ObjectIdentifier(symbol.call.layer)
    let call = calls[id]!.firstIndex { $0 === symbol.call }!
    return TensorReference(names[id]!, call: call, output: symbol.output)
  }
}
