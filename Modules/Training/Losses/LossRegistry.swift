public import TensorCore

/// What the registry knows of a loss: its type, and how to make one from a config.
public struct LossKind: Sendable {
  public let name: String
  public let type: any Loss.Type
  let decode: @Sendable (JSONObject) throws(CoreError) -> any Loss

  init<L: Loss>(_ type: L.Type) {
    name = L.kind
    self.type = type
    decode = { config throws(CoreError) in
      let loss = try JSONValueDecoder(keyStrategy: .snakeCase).decode(L.self, from: config, over: L.template).value
      try loss.validate()
      return loss
    }
  }
}

/// The slot for losses, by class name.
public enum LossRegistry: RegistryKey {
  public typealias Entry = LossKind

  public static let builtIn: Registry<LossKind> = {
    let types: [any Loss.Type] = [
      CategoricalCrossentropy.self, SparseCategoricalCrossentropy.self, BinaryCrossentropy.self,
      BinaryFocalCrossentropy.self, CategoricalFocalCrossentropy.self, CategoricalGeneralizedCrossEntropy.self,
      MeanSquaredError.self, MeanAbsoluteError.self, MeanAbsolutePercentageError.self,
      MeanSquaredLogarithmicError.self, CosineSimilarity.self, Huber.self, LogCosh.self, Hinge.self, SquaredHinge.self,
      CategoricalHinge.self, KLDivergence.self, Poisson.self, Dice.self, Tversky.self, Circle.self, CTC.self,
    ]
    return Registry(Dictionary(uniqueKeysWithValues: types.map { ($0.kind, entry($0)) }))
  }()

  private static func entry<L: Loss>(_ type: L.Type) -> LossKind { LossKind(type) }
}

extension PluginHost {
  public var losses: Registry<LossKind> { self[LossRegistry.self] }

  /// Adds a loss. Another type under a taken name traps with both names.
  public mutating func register<L: Loss>(_ type: L.Type) {
    if let taken = losses[L.kind], taken.type != type {
      CoreError(.invalidArgument, "loss \"\(L.kind)\" is \(taken.type); \(type) cannot take the name too").trap()
    }
    register(LossRegistry.self, L.kind, LossKind(type))
  }

  /// The loss of a class name or function name (`"mse"`). Throws `unknownName` with the names that there are.
  public func loss(named name: String, config: JSONObject = [:]) throws(CoreError) -> any Loss {
    let short = name.split(separator: ">").last.map(String.init) ?? name
    let kinds = losses.names.compactMap { losses[$0] }
    guard let kind = losses[name] ?? kinds.first(where: { $0.name == short || $0.type.names.contains(short) }) else {
      throw CoreError(
        .unknownName,
        "found loss \"\(name)\", expected one of \(kinds.compactMap { $0.type.names.first }.joined(separator: ", ")); "
          + "PluginHost.register(_:) adds one")
    }
    return try kind.decode(config)
  }

  /// The loss of a name, or of an object with `class_name` and `config` as either Keras writes it.
  public func loss(from json: JSON) throws(CoreError) -> any Loss {
    if let name = json.stringValue { return try loss(named: name) }
    guard let name = json["registered_name"]?.stringValue ?? json["class_name"]?.stringValue else {
      throw CoreError(.invalidConfig, "found loss \(json), expected a name or an object with \"class_name\"")
    }
    // Keras 3 writes a plain function as {"class_name": "function", "config": "mean_squared_error"}.
    if let function = json["config"]?.stringValue { return try loss(named: function) }
    return try loss(named: name, config: json["config"]?.objectValue ?? [:])
  }
}

extension String {
  /// The object of a class of this name; one that Keras knows as registered has both its names.
  func serialized(_ config: JSONObject) -> JSON {
    guard contains(">"), let short = split(separator: ">").last else {
      return ["class_name": .string(self), "config": .object(config)]
    }
    return ["class_name": .string(String(short)), "config": .object(config), "registered_name": .string(self)]
  }
}

extension Loss {
  /// As a training config has it: the function's name where all settings are Keras's defaults, an object otherwise.
  ///
  /// - Parameter name: of the object; nil: as Keras calls its kind.
  public func kerasJSON(named name: String? = nil) throws(CoreError) -> JSON {
    let encoder = JSONValueEncoder(keyStrategy: .snakeCase)
    let (own, standard) = (try encoder.encode(self), try encoder.encode(Self.template))
    let isCustom = Self.kind.contains(">")
    if own == standard, !isCustom, name == nil, let function = Self.names.first { return .string(function) }
    // Keras calls the class otherwise than the function.
    let ownName = Self.kind == Huber.kind ? "huber_loss" : Self.names.first
    var config: JSONObject = (name ?? ownName).map { ["name": .string($0)] } ?? [:]
    for (key, value) in own.objectValue ?? [:] { config[key] = value }
    // Keras's SparseCategoricalCrossentropy takes no axis.
    if Self.kind == SparseCategoricalCrossentropy.kind { config["axis"] = nil }
    return Self.kind.serialized(config)
  }
}
