public import TensorCore

/// What the registry knows of a schedule: its type, and how to make one from a config.
public struct LearningRateScheduleKind: Sendable {
  /// Keras's class name, or the registered name of a plugin's.
  public let name: String
  public let type: any LearningRateSchedule.Type
  let decode: @Sendable (JSONObject) throws(CoreError) -> (schedule: any LearningRateSchedule, unknownKeys: [String])

  init<S: LearningRateSchedule>(_ type: S.Type) {
    name = S.kind
    self.type = type
    decode = { config throws(CoreError) in
      let result = try JSONValueDecoder(keyStrategy: .snakeCase).decode(S.self, from: config, over: S.template)
      return (result.value, result.unknownKeys)
    }
  }
}

/// The slot for learning rate schedules, by class name.
public enum LearningRateScheduleRegistry: RegistryKey {
  public typealias Entry = LearningRateScheduleKind

  private static let types: [any LearningRateSchedule.Type] = [
    CosineDecay.self, CosineDecayRestarts.self, ExponentialDecay.self, InverseTimeDecay.self,
    PiecewiseConstantDecay.self, PolynomialDecay.self,
  ]

  public static let builtIn = Registry<LearningRateScheduleKind>(
    Dictionary(uniqueKeysWithValues: types.map { entry($0) }))

  private static func entry<S: LearningRateSchedule>(_ type: S.Type) -> (String, LearningRateScheduleKind) {
    (S.kind, LearningRateScheduleKind(type))
  }
}

extension PluginHost {
  public var learningRateSchedules: Registry<LearningRateScheduleKind> { self[LearningRateScheduleRegistry.self] }

  /// Adds a learning rate schedule. Registering the same type again changes nothing; another type under a taken name traps
  /// with both names.
  public mutating func register<S: LearningRateSchedule>(_ type: S.Type) {
    if let taken = learningRateSchedules[S.kind], taken.type != type {
      CoreError(
        .invalidArgument, "learning rate schedule \"\(S.kind)\" is \(taken.type); \(type) cannot take the name too"
      ).trap()
    }
    register(LearningRateScheduleRegistry.self, S.kind, LearningRateScheduleKind(type))
  }

  /// The schedule called `name`: a class name, with or without the package that Keras writes before it. Throws
  /// `unknownName` with the names that there are.
  public func learningRateScheduleKind(named name: String) throws(CoreError) -> LearningRateScheduleKind {
    if let kind = learningRateSchedules[name] { return kind }
    let short = OptimizerKind.shortName(of: name)
    let match = learningRateSchedules.names.first { OptimizerKind.shortName(of: $0) == short }
    guard let match, let kind = learningRateSchedules[match] else {
      throw CoreError(
        .unknownName,
        "found learning rate schedule \"\(name)\", expected one of "
          + "\(learningRateSchedules.names.joined(separator: ", ")); PluginHost.register(_:) adds one")
    }
    return kind
  }
}
