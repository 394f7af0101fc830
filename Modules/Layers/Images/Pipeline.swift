public import TensorCore

/// Layers one after the other as one layer: for preprocessing, where a `Sequential` would be a model. Keras: `Pipeline`.
public struct Pipeline: Layer {
  public static let kind = "Pipeline"
  public static let template = Pipeline([])
  public static let requiredKeys = ["layers"]

  public var layers: [NestedLayer]

  public init(_ layers: [any Layer]) {
    var namer = LayerNamer()
    self.layers = layers.map { NestedLayer($0, name: namer.name(for: $0)) }
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    var (children, specs): ([BuiltLayer], [TensorSpec]) = ([], inputs)
    for layer in layers {
      let child = try scope.nested(layer, inputs: specs)
      children.append(child)
      specs = child.outputs
    }
    return Forward(many: { [children] inputs, context in
      children.reduce(inputs) { $1.forward($0, &context) }
    })
  }
}

extension Pipeline: DialectSpelling {
  /// Keras's reads nothing but its name and its layers.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    config["trainable"] = nil
  }
}
