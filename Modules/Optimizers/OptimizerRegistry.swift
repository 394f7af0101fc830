public import TensorCore

/// What the registry knows of an optimizer: its type, and how to make one from a config.
public struct OptimizerKind: Sendable {
  /// Keras's class name, or the registered name of a plugin's.
  public let name: String
  public let type: any Optimizer.Type
  /// Supplies what a config lacks.
  let template: any Optimizer
  let decode: @Sendable (JSONObject) throws(CoreError) -> (optimizer: any Optimizer, unknownKeys: [String])

  init<O: Optimizer>(_ type: O.Type) {
    name = O.kind
    self.type = type
    template = O.template
    decode = { config throws(CoreError) in
      let decoder = JSONValueDecoder(keyStrategy: .snakeCase)
      let result = try decoder.decode(O.self, from: config, over: O.template)
      return (result.value, result.unknownKeys)
    }
  }
}

/// The slot for optimizers, by class name. Lookup goes by class name or by its lower-case short name (`"adam"`).
public enum OptimizerRegistry: RegistryKey {
  public typealias Entry = OptimizerKind

  private static let types: [any Optimizer.Type] = [
    Adadelta.self, Adafactor.self, Adagrad.self, Adam.self, AdamW.self, Adamax.self, Ftrl.self, Lamb.self, Lion.self,
    LossScaleOptimizer.self, MultiOptimizer.self, Muon.self, Nadam.self, RMSprop.self, ScheduleFreeAdamW.self, SGD.self,
  ]

  public static let builtIn = Registry<OptimizerKind>(Dictionary(uniqueKeysWithValues: types.map { entry($0) }))

  private static func entry<O: Optimizer>(_ type: O.Type) -> (String, OptimizerKind) { (O.kind, OptimizerKind(type)) }
}

extension PluginHost {
  public var optimizers: Registry<OptimizerKind> { self[OptimizerRegistry.self] }

  /// Adds an optimizer. Registering the same type again changes nothing; another type under a taken name traps with
  /// both names, since one of two plugins would be ignored in silence.
  public mutating func register<O: Optimizer>(_ type: O.Type) {
    if let taken = optimizers[O.kind], taken.type != type {
      CoreError(.invalidArgument, "optimizer \"\(O.kind)\" is \(taken.type); \(type) cannot take the name too").trap()
    }
    register(OptimizerRegistry.self, O.kind, OptimizerKind(type))
  }

  /// The optimizer called `name`: a class name (`"Adam"`), its short name (`"adam"`), with or without the package that
  /// Keras writes before it (`"Custom>Adam"`). Throws `unknownName` with the names that there are.
  public func optimizerKind(named name: String) throws(CoreError) -> OptimizerKind {
    if let kind = optimizers[name] { return kind }
    let short = name.split(separator: ">").last.map(String.init) ?? name
    let match = optimizers.names.first {
      $0 == short || $0.lowercased() == short.lowercased()
        || $0.split(separator: ">").last?.lowercased() == short.lowercased()
    }
    guard let match, let kind = optimizers[match] else {
      throw CoreError(
        .unknownName,
        "found optimizer \"\(name)\", expected one of \(optimizers.names.joined(separator: ", ")); "
          + "PluginHost.register(_:) adds one")
    }
    return kind
  }
}
