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
      if config["dtype"] == nil, !(node.layer is Pipeline) { config["dtype"] = Self.float32Policy }
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
      for key in Self.imageKeysOfKeras3[node.kind] ?? [] where config[key] == Self.imageDefaults[key] {
        config[key] = nil
      }
      config = keras2(.object(config)).objectValue ?? config
    }
    return config
  }

  /// What Keras 2's layers on images do not know, left out where it changes nothing.
  private static let imageKeysOfKeras3: [String: [String]] = {
    let plain = ["CenterCrop", "RandomCrop", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom"]
    return Dictionary(uniqueKeysWithValues: plain.map { ($0, ["data_format"]) }).merging([
      "RandomBrightness": ["data_format"], "RandomContrast": ["data_format", "value_range"],
      "Resizing": ["data_format", "pad_to_aspect_ratio", "fill_mode", "fill_value", "antialias"],
    ]) { $1 }
  }()

  private static let imageDefaults: JSONObject = [
    "data_format": "channels_last", "value_range": [.number(0), .number(255)], "pad_to_aspect_ratio": false,
    "fill_mode": "constant", "fill_value": .number(0), "antialias": false,
  ]

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
