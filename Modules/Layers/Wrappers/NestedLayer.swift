internal import TensorCore

/// A layer in the config of another: what a wrapper wraps, or the cell of a recurrent layer.
public struct NestedLayer: Sendable {
  public var node: LayerNode
  /// What Keras stores beside the config, kept to be written back as it was: the shape that the layer was built for.
  private var extras: JSONObject = [:]

  /// A layer under a name; nil: Keras's for its class (`dense`).
  public init(_ layer: any Layer, name: String? = nil, isTrainable: Bool = true) {
    var namer = LayerNamer()
    node = LayerNode(name: name ?? namer.name(for: layer), layer: layer, isTrainable: isTrainable)
  }

  public var layer: any Layer {
    get { node.layer }
    set { node.layer = newValue }
  }
}

extension NestedLayer: Codable {
  public init(from decoder: any Decoder) throws {
    let json = try JSON(from: decoder)
    self.init(Identity(), name: "")
    node = try decoder.kerasConfig.node(from: json)
    for (key, value) in json.objectValue ?? [:] where !Self.ownKeys.contains(key) { extras[key] = value }
  }

  private static let ownKeys = ["module", "class_name", "config", "registered_name", "name", "inbound_nodes"]

  /// As Keras serialises objects, in both dialects.
  public func encode(to encoder: any Encoder) throws {
    var object = Self.serialized(try encoder.kerasConfig.entry(node, nil, isTrainable: true))
    for (key, value) in extras { object[key] = value }
    try JSON.object(object).encode(to: encoder)
  }

  /// A layer's entry in a model, and those inside it, with where their classes are.
  private static func serialized(_ entry: JSONObject) -> JSONObject {
    var entry = entry
    let name = entry["class_name"]?.stringValue ?? ""
    let isCustom = name.contains(">")
    entry["registered_name"] = isCustom ? .string(name) : .null
    entry["class_name"] = .string(name.split(separator: ">").last.map(String.init) ?? name)
    guard var config = entry["config"]?.objectValue, let layers = config["layers"]?.arrayValue else {
      entry["module"] = isCustom ? .null : "keras.layers"
      return entry
    }
    entry["module"] = name == "Sequential" ? "keras" : "keras.src.models.functional"
    config["layers"] = .array(layers.map { .object(serialized($0.objectValue ?? [:])) })
    entry["config"] = .object(config)
    return entry
  }
}
