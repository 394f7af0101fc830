public import TensorCore

/// Between optimizers and the forms in which Keras writes them.
public struct OptimizerCoder: Sendable {
  public var dialect: OptimizerDialect
  public var host: PluginHost

  public init(dialect: OptimizerDialect = .keras3, host: PluginHost = .shared) {
    (self.dialect, self.host) = (dialect, host)
  }

  /// The optimizer of a name (`"adam"`) or of an object with `class_name` and `config`, in either dialect, as in a
  /// training config or as `keras.optimizers.serialize` makes it.
  ///
  /// Throws `unknownName`, or `invalidConfig` naming the key.
  public func optimizer(from json: JSON) throws(CoreError) -> any Optimizer {
    if let name = json.stringValue { return try optimizer(named: name) }
    guard let name = (json["registered_name"] ?? .null).stringValue ?? json["class_name"]?.stringValue else {
      throw CoreError(.invalidConfig, "found \(json), expected an optimizer's name or an object with \"class_name\"")
    }
    return try optimizer(named: name, config: json["config"]?.objectValue ?? [:])
  }

  /// The optimizer called `name` with some of its settings, by Keras's keys: `["learning_rate": 0.01]`.
  public func optimizer(named name: String, config: JSONObject = [:]) throws(CoreError) -> any Optimizer {
    if Self.scalesLoss(name) { return try lossScaled(config) }
    let kind = try host.optimizerKind(named: name)
    if kind.name == MultiOptimizer.kind { return try multi(config) }
    do {
      return try decode(config, kind)
    } catch {
      throw error.path.first == kind.name ? error : error.inside(kind.name)
    }
  }

  private func decode(_ config: JSONObject, _ kind: OptimizerKind) throws(CoreError) -> any Optimizer {
    var own: JSONObject = [:]
    var shared: JSONObject = [:]
    for (key, value) in config {
      if Self.sharedKeys.contains(key) { shared[key] = value } else { own[key == "lr" ? "learning_rate" : key] = value }
    }
    var schedule: (any LearningRateSchedule)?
    if let rate = own["learning_rate"], rate.doubleValue == nil {
      schedule = try self.schedule(from: rate)
      own["learning_rate"] = nil
    }
    if let epsilon = own["epsilon"], epsilon.isNull { own["epsilon"] = nil }
    let name = own["name"]?.stringValue
    own["name"] = nil
    // As Keras 2.11 and later decide.
    let saysLegacy = config["is_legacy_optimizer"].map { $0.boolValue ?? false } ?? !config.isEmpty
    let isLegacy = dialect == .keras2 && saysLegacy && OptimizerRegistry.builtIn[kind.name] != nil
    if isLegacy, kind.name == Nadam.kind { own["schedule_decay"] = own["schedule_decay"] ?? own["decay"] ?? 0.004 }
    var (optimizer, unknown) = try kind.decode(own)
    let decoder = JSONValueDecoder(keyStrategy: .snakeCase)
    var settings = try decoder.decode(OptimizerSettings.self, from: shared, over: kind.template.settings).value
    if schedule == nil { schedule = try decay(own["decay"], kind, rate: optimizer.learningRate) }
    settings.schedule = schedule
    settings.isLegacy = isLegacy
    let defaultNames = [kind.shortName, kind.shortName.lowercased(), Self.snakeCase(kind.shortName)]
    settings.name = name.flatMap { defaultNames.contains($0) ? nil : $0 }
    for key in unknown where key != "decay" { settings.unknownKeys[key] = own[key] }
    optimizer.settings = settings
    if let schedule { optimizer.learningRate = schedule.learningRate(after: 0) }
    try optimizer.validateAll()
    return optimizer
  }

  /// What optimizers before Keras 2.11 have in place of schedules. Nadam's is no decay of the learning rate.
  private func decay(
    _ decay: JSON?, _ kind: OptimizerKind, rate: Double
  ) throws(CoreError) -> (any LearningRateSchedule)? {
    guard let decay, !decay.isNull, kind.name != Nadam.kind else { return nil }
    guard let value = decay.doubleValue, value >= 0 else {
      throw CoreError(.invalidConfig, "found decay \(decay), expected a number of 0 or more")
    }
    return value == 0 ? nil : InverseTimeDecay(initialLearningRate: rate, decaySteps: 1, decayRate: value)
  }

  /// `{"class_name": ..., "config": ...}` as in a legacy file's training config.
  public func json(of optimizer: any Optimizer) throws(CoreError) -> JSON {
    if let scaled = optimizer as? LossScaleOptimizer {
      let (className, config) = try described(scaled)
      return ["class_name": .string(className), "config": .object(config)]
    }
    if dialect == .keras2, !(optimizer is MultiOptimizer), let scale = optimizer.settings.lossScaleFactor {
      let (className, config) = try fixedScale(optimizer, scale)
      return ["class_name": .string(className), "config": .object(config)]
    }
    let kind = type(of: optimizer).kind
    let isOwn = OptimizerRegistry.builtIn[kind] != nil
    let isPlain = dialect == .keras3 || !isOwn || optimizer.isWrittenAsLegacy(dialect)
    let className = isPlain ? kind : "Custom>" + kind
    return ["class_name": .string(className), "config": .object(try config(of: optimizer))]
  }

  /// As `keras.optimizers.serialize` of Keras 3 makes it, with module and registered name.
  public func serialized(_ optimizer: any Optimizer) throws(CoreError) -> JSON {
    let kind = type(of: optimizer).kind
    let isOwn = OptimizerRegistry.builtIn[kind] != nil
    let module = optimizer.isWrittenAsLegacy(dialect) ? "keras.optimizers.legacy" : "keras.optimizers"
    return [
      "module": isOwn ? .string(module) : .null, "class_name": .string(OptimizerKind.shortName(of: kind)),
      "config": .object(try config(of: optimizer)), "registered_name": isOwn ? .null : .string(kind),
    ]
  }

  /// The config with every key that this Keras writes.
  ///
  /// Throws `invalidConfig` where Keras 2 has no such setting, and would train otherwise without it.
  public func config(of optimizer: any Optimizer) throws(CoreError) -> JSONObject {
    if let scaled = optimizer as? LossScaleOptimizer { return try described(scaled).config }
    if let multi = optimizer as? MultiOptimizer { return try config(of: multi) }
    let encoder = JSONValueEncoder(keyStrategy: .snakeCase)
    var own = try encoder.encode(optimizer).objectValue ?? [:]
    own["settings"] = nil
    if optimizer.isWrittenAsLegacy(dialect) { return try legacyConfig(of: optimizer, own) }
    own["schedule_decay"] = nil
    if let schedule = optimizer.settings.schedule {
      own["learning_rate"] = try serialized(schedule)
    } else {
      // Keras keeps the rate in a float32 variable and writes what that holds.
      own["learning_rate"] = .number(Double(Float(optimizer.learningRate)))
    }
    let shared = try encoder.encode(optimizer.settings).objectValue ?? [:]
    var config: JSONObject = ["name": .string(optimizer.variablePrefix(dialect))]
    if dialect == .keras3 { config["learning_rate"] = own["learning_rate"] }
    for (key, value) in shared where dialect == .keras3 || !Self.keras3Keys.contains(key) { config[key] = value }
    if dialect == .keras2 {
      if let steps = optimizer.settings.gradientAccumulationSteps {
        throw CoreError(
          .invalidConfig, "found gradient_accumulation_steps \(steps), which Keras 2 does not know; expected null",
          path: [type(of: optimizer).kind])
      }
      for (key, value) in Self.keras2Defaults { config[key] = value }
    }
    for (key, value) in own { config[key] = value }
    for (key, value) in optimizer.settings.unknownKeys
    where dialect == .keras2 || !Self.keras2Defaults.contains(key: key) { config[key] = value }
    return config
  }

  /// Keras's `to_snake_case`, as far as names of optimizers go: `RMSprop` is `rm_sprop`.
  static func snakeCase(_ name: String) -> String { JSONKeyStrategy.snakeCase.jsonKey(name) }

  static let sharedKeys = [
    "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum", "ema_overwrite_frequency",
    "loss_scale_factor", "gradient_accumulation_steps",
  ]
  private static let keras3Keys = ["loss_scale_factor", "gradient_accumulation_steps"]
  private static let keras2Defaults: JSONObject = ["jit_compile": false, "is_legacy_optimizer": false]
}

extension OptimizerKind {
  /// The class name without its package.
  var shortName: String { Self.shortName(of: name) }

  static func shortName(of name: String) -> String { name.split(separator: ">").last.map(String.init) ?? name }
}

extension Optimizer {
  /// What Keras puts before the names of this optimizer's variables, which is the config's name too.
  func variablePrefix(_ dialect: OptimizerDialect) -> String {
    let short = OptimizerKind.shortName(of: Self.kind)
    if self is LossScaleOptimizer { return settings.name ?? OptimizerCoder.defaultName }
    return settings.name ?? (dialect == .keras3 ? OptimizerCoder.snakeCase(short) : short)
  }
}
