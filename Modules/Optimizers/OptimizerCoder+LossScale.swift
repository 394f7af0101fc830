internal import TensorCore

// `LossScaleOptimizer`, whose config holds another optimizer. Keras 2 says `dynamic: false` for a fixed scale, which in
// Keras 3 is the setting `loss_scale_factor` of the optimizer itself.
extension OptimizerCoder {
  /// Keras 2's class around optimizers since 2.11.
  private static let keras2Name = "LossScaleOptimizerV3"

  /// Whether a class name is one that Keras 2 or 3 has for it.
  static func scalesLoss(_ name: String) -> Bool {
    let short = OptimizerKind.shortName(of: name).lowercased()
    return ["lossscaleoptimizer", "lossscaleoptimizerv3", "lossscaleoptimizerv1"].contains(short)
  }

  func lossScaled(_ config: JSONObject) throws(CoreError) -> any Optimizer {
    do {
      return try decodeLossScaled(config)
    } catch {
      throw error.path.first == LossScaleOptimizer.kind ? error : error.inside(LossScaleOptimizer.kind)
    }
  }

  private func decodeLossScaled(_ config: JSONObject) throws(CoreError) -> any Optimizer {
    guard let described = config["inner_optimizer"], !described.isNull else {
      throw CoreError(.invalidConfig, "found no inner_optimizer, expected an optimizer's class_name and config")
    }
    var inner: any Optimizer
    do {
      inner = try optimizer(from: described)
    } catch {
      throw error.inside("inner_optimizer")
    }
    let scale = try number(config["initial_scale"], "initial_scale")
    let steps = try number(config["dynamic_growth_steps"], "dynamic_growth_steps")
    let dynamic = config["dynamic"] ?? true
    guard let isDynamic = dynamic.boolValue else {
      throw CoreError(.invalidConfig, "found dynamic \(dynamic), expected true or false")
    }
    guard isDynamic else {
      guard let scale, steps == nil else {
        throw CoreError(
          .invalidConfig, "found dynamic false, expected an initial_scale and no dynamic_growth_steps with it")
      }
      inner.settings.lossScaleFactor = scale
      try inner.validateAll()
      return inner
    }
    guard steps.map({ $0 == $0.rounded() && abs($0) < 1e9 }) ?? true else {
      throw CoreError(.invalidConfig, "found dynamic_growth_steps \(steps ?? 0), expected a whole number")
    }
    var result = LossScaleOptimizer(inner)
    if let scale { result.initialScale = scale }
    if let steps { result.dynamicGrowthSteps = Int(steps) }
    try add(config, to: &result)
    try result.validateAll()
    return result
  }

  /// The name, and what no property stands for. Keras 3 before 3.5 writes all settings of an optimizer, unused.
  private func add(_ config: JSONObject, to result: inout LossScaleOptimizer) throws(CoreError) {
    let name = config["name"]?.stringValue
    result.settings.name = name == Self.defaultName ? nil : name
    let own = ["name", "inner_optimizer", "initial_scale", "dynamic_growth_steps", "dynamic", "learning_rate"]
    for (key, value) in config where !own.contains(key) {
      guard !Self.sharedKeys.contains(key) else {
        if value.isNull || value.boolValue == false || key == "ema_momentum" { continue }
        throw CoreError(.invalidConfig, "found \(key) \(value), expected it among the settings of inner_optimizer")
      }
      result.settings.unknownKeys[key] = value
    }
  }

  private func number(_ json: JSON?, _ key: String) throws(CoreError) -> Double? {
    guard let json, !json.isNull else { return nil }
    guard let value = json.doubleValue else {
      throw CoreError(.invalidConfig, "found \(key) \(json), expected a number")
    }
    return value
  }

  /// What Keras calls one that got no name.
  static let defaultName = "loss_scale_optimizer"

  /// Class name and config in this dialect.
  func described(_ optimizer: LossScaleOptimizer) throws(CoreError) -> (className: String, config: JSONObject) {
    var config: JSONObject = [:]
    if dialect == .keras3 { config["name"] = .string(optimizer.variablePrefix(.keras3)) }
    config["inner_optimizer"] = try inner(optimizer.innerOptimizer)
    if dialect == .keras2 { config["dynamic"] = true }
    config["initial_scale"] = .number(optimizer.initialScale)
    config["dynamic_growth_steps"] = .integer(optimizer.dynamicGrowthSteps)
    let isPlain = dialect == .keras3 || optimizer.innerOptimizer.isWrittenAsLegacy(dialect)
    return (isPlain ? LossScaleOptimizer.kind : Self.keras2Name, config)
  }

  /// Keras 2's form of an optimizer with a fixed loss scale.
  func fixedScale(_ optimizer: any Optimizer, _ scale: Double) throws(CoreError) -> (
    className: String, config: JSONObject
  ) {
    var plain = optimizer
    plain.settings.lossScaleFactor = nil
    let config: JSONObject = [
      "inner_optimizer": try inner(plain), "dynamic": false, "initial_scale": .number(scale),
      "dynamic_growth_steps": nil,
    ]
    return (Self.keras2Name, config)
  }

  /// An optimizer within another one's config: both dialects write module and registered name.
  private func inner(_ optimizer: any Optimizer) throws(CoreError) -> JSON { try serialized(optimizer) }
}
