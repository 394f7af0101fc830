public import TensorCore

/// Layers one after the other. Keras: `Sequential`.
///
/// ```swift
/// let model = try Model(Sequential([
///   InputLayer(shape: [28, 28, 1]), Flatten(), Dense(units: 10, activation: .softmax),
/// ]))
/// ```
public struct Sequential: Layer {
  public static let kind = "Sequential"
  public static let template = Sequential([])

  public var name: String
  public internal(set) var nodes: [LayerNode] = []
  /// Of the model itself (`Model.dtypePolicy`); each layer has its own.
  public internal(set) var dtypePolicy = DTypePolicy.global
  /// Other keys of the file's config (`build_input_shape`, `dtype`), to be written back.
  public var extras: JSONObject = [:]

  public init(_ layers: [any Layer], name: String = "sequential") {
    self.name = name
    for layer in layers { add(layer) }
  }

  /// As a file describes it. Throws where two layers have one name.
  public init(nodes: [LayerNode], name: String, extras: JSONObject = [:]) throws(CoreError) {
    var namer = LayerNamer()
    for node in nodes where !namer.reserve(node.name) {
      throw CoreError(.invalidConfig, "found two layers \"\(node.name)\", expected one of each name", path: [name])
    }
    (self.nodes, self.name, self.extras) = (nodes, name, extras)
  }

  /// Appends a layer; without a name it gets Keras's (`dense`, `dense_1`). Traps where the name is taken.
  public mutating func add(_ layer: any Layer, name: String? = nil, isTrainable: Bool = true) {
    var namer = LayerNamer(taken: nodes.map(\.name))
    let chosen = name ?? namer.name(for: layer)
    CoreError.require(name == nil || namer.reserve(chosen), .invalidArgument, "two layers are called \"\(chosen)\"")
    nodes.append(LayerNode(name: chosen, layer: layer, isTrainable: isTrainable))
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    guard inputs.count == 1 else {
      throw CoreError(.shapeMismatch, "Sequential: found \(inputs.count) inputs, expected 1")
    }
    var specs = inputs
    var chain: [Forward] = []
    for node in nodes {
      let child = try scope.child(of: node, inputs: specs)
      scope.adopt(child)
      specs = child.outputs
      chain.append(child.forward)
    }
    return Forward(many: { [chain] inputs, context in
      var values = inputs
      for forward in chain { values = forward(values, &context) }
      return values
    })
  }

  /// What the first layer says of the input: an `InputLayer`, or the `batch_input_shape` that Keras 2 puts into any
  /// first layer's config. nil where the input's shape is left open until the model is built.
  var declaredInput: InputLayer? {
    guard let first = nodes.first else { return nil }
    if let input = first.layer as? InputLayer { return input }
    if let nested = first.layer as? Sequential { return nested.declaredInput }
    if let nested = first.layer as? Functional, let name = nested.inputs.first?.layer {
      return nested.nodes.first { $0.name == name }?.layer as? InputLayer
    }
    let shape = first.extras["batch_input_shape"] ?? first.extras["batch_shape"] ?? extras["build_input_shape"]
    guard let dimensions = shape?.arrayValue, !dimensions.isEmpty else { return nil }
    var input = InputLayer(shape: dimensions.dropFirst().map(\.intValue))
    input.batchShape = dimensions.map(\.intValue)
    return input
  }
}
