internal import TensorCore

// A name, a serialised function or a serialised layer, as the versions of Keras write activations.
extension Activation: Codable {
  public init(from decoder: any Decoder) throws {
    switch try JSON(from: decoder) {
    case .null: self = .linear
    case .string(let name): self.init(name)
    case .object(let object): try self.init(serialized: object)
    case let other: throw CoreError(.invalidConfig, "found activation \(other), expected a name or a serialised object")
    }
    if name == "hard_sigmoid", decoder.kerasMajorVersion < 3 { name = Self.hardSigmoidKeras2.name }
  }

  private init(serialized object: JSONObject) throws {
    guard let className = object["class_name"]?.stringValue else {
      throw CoreError(.invalidConfig, "found activation \(JSON.object(object)), expected a \"class_name\" in it")
    }
    let registered = object["registered_name"]?.stringValue.flatMap { $0.contains(">") ? $0 : nil }
    if className == "function", let name = object["config"]?.stringValue {
      self.init(registered ?? name)
    } else if className == "Activation", let inner = object["config"]?["activation"] {
      // The layer that does nothing but apply a function.
      if let name = inner.stringValue {
        self.init(name)
      } else {
        try self.init(serialized: inner.objectValue ?? [:])
      }
    } else {
      self.init(registered ?? className, config: object["config"]?.objectValue ?? [:])
    }
  }

  /// Throws where the dialect has no such function.
  public func encode(to encoder: any Encoder) throws {
    let dialect = encoder.kerasDialect
    let isKeras2 = self == .hardSigmoidKeras2
    if isKeras2 || name == "hard_sigmoid", isKeras2 != (dialect == .keras2) {
      throw CoreError(
        .invalidConfig,
        "found Keras \(isKeras2 ? 2 : 3)'s hard_sigmoid, expected another function: Keras \(dialect.rawValue) means "
          + "something else by this name; write the file in the other dialect")
    }
    let spelled = isKeras2 ? "hard_sigmoid" : name
    let isCustom = name.contains(">")
    guard isCustom || !config.isEmpty else { return try JSON.string(spelled).encode(to: encoder) }
    let className = spelled.split(separator: ">").last.map(String.init) ?? spelled
    let isFunction = config.isEmpty
    let object: JSON = [
      "module": isCustom ? nil : "keras.layers", "class_name": .string(isFunction ? "function" : className),
      "config": isFunction ? .string(className) : .object(config(in: dialect)),
      "registered_name": isCustom ? .string(name) : nil,
    ]
    try object.encode(to: encoder)
  }

  /// Keras 2 calls `alpha` what Keras 3 calls `negative_slope`.
  private func config(in dialect: KerasDialect) -> JSONObject {
    guard name == "LeakyReLU" else { return config }
    let (old, new) = dialect == .keras2 ? ("negative_slope", "alpha") : ("alpha", "negative_slope")
    var config = config
    if let slope = config[old], config[new] == nil { (config[old], config[new]) = (nil, slope) }
    return config
  }
}
