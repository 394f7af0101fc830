internal import TensorCore

// What the dialects spell differently in the config of a layer.
extension KerasConfig {
  static let float32Policy: JSON = [
    "module": "keras", "class_name": "DTypePolicy", "config": ["name": "float32"], "registered_name": nil,
  ]

  /// A layer's config as this dialect spells it, whichever it came from.
  func spelled(_ config: JSONObject, of node: LayerNode) -> JSONObject {
    var config = config
    let isInput = node.layer is InputLayer
    (type(of: node.layer) as? any DialectSpelling.Type)?.write(&config, in: dialect)
    switch dialect {
    case .keras3:
      config["batch_input_shape"] = nil
      if config["dtype"] == nil { config["dtype"] = Self.float32Policy }
      // Keras 2's form of a policy, which Keras 3 does not know.
      let isPolicy = config["dtype"]?["class_name"] == "Policy"
      if isPolicy { config["dtype"] = node.dtypePolicy.config }
      if isInput { for key in ["ragged", "optional"] where config[key] == nil { config[key] = false } }
    case .keras2:
      if isInput {
        config["batch_input_shape"] = config["batch_shape"]
        config["batch_shape"] = nil
        config["optional"] = nil
        if config["ragged"] == nil { config["ragged"] = false }
      }
      if config["dtype"] == nil { config["dtype"] = "float32" }
      if node.layer is BatchNormalization {
        if let axis = config["axis"]?.intValue { config["axis"] = [.integer(axis)] }
        if config["renorm"]?.boolValue != true { for key in Self.renormKeys { config[key] = nil } }
        if config["synchronized"]?.boolValue != true { config["synchronized"] = nil }
      }
      if config["quantization_config"]?.isNull == true { config["quantization_config"] = nil }
      config = keras2(.object(config)).objectValue ?? config
    }
    return config
  }

  private static let renormKeys = ["renorm", "renorm_clipping", "renorm_momentum"]

  /// Policies by name and initializers without axes, at any depth.
  private func keras2(_ json: JSON) -> JSON {
    switch json {
    case .array(let items): return .array(items.map(keras2))
    case .object(var object):
      if object["class_name"] == "DTypePolicy", let name = object["config"]?["name"] {
        // A policy by its name is float32 or another single type; Keras 2 writes others out.
        guard name.stringValue?.hasPrefix("mixed_") == true else { return name }
        return ["class_name": "Policy", "config": ["name": name]]
      }
      for key in ["input_axes", "output_axes"] where object[key]?.isNull == true { object[key] = nil }
      return .object(JSONObject(object.map { (key: $0.key, value: keras2($0.value)) }))
    default: return json
    }
  }
}
