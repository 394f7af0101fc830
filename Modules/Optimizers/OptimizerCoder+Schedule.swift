public import TensorCore

// Learning rate schedules, which stand in an optimizer's config in the place of the learning rate.
extension OptimizerCoder {
  /// The schedule of an object with `class_name` and `config`, in either dialect.
  ///
  /// Throws `unknownName`, or `invalidConfig` naming the key.
  public func schedule(from json: JSON) throws(CoreError) -> any LearningRateSchedule {
    let name = (json["registered_name"] ?? .null).stringValue ?? json["class_name"]?.stringValue
    guard let name else {
      throw CoreError(.invalidConfig, "found learning_rate \(json), expected a number or a schedule's class and config")
    }
    do throws(CoreError) {
      return try decode(json["config"]?.objectValue ?? [:], host.learningRateScheduleKind(named: name))
    } catch {
      throw error.inside("learning_rate")
    }
  }

  private func decode(
    _ config: JSONObject, _ kind: LearningRateScheduleKind
  ) throws(CoreError) -> any LearningRateSchedule {
    do throws(CoreError) {
      var config = config
      if let name = config["name"]?.stringValue, name == kind.type.defaultName { config["name"] = .null }
      let (schedule, unknown) = try kind.decode(config)
      guard unknown.isEmpty else {
        throw CoreError(.invalidConfig, "found \(unknown.joined(separator: ", ")), expected no such setting")
      }
      try schedule.validate()
      return schedule
    } catch {
      throw error.inside(kind.name)
    }
  }

  /// As `keras.optimizers.schedules.serialize` makes it.
  public func serialized(_ schedule: any LearningRateSchedule) throws(CoreError) -> JSON {
    let type = type(of: schedule)
    let isOwn = LearningRateScheduleRegistry.builtIn[type.kind] != nil
    var config = try JSONValueEncoder(keyStrategy: .snakeCase).encode(schedule).objectValue ?? [:]
    if let name = type.defaultName, config["name"]?.isNull ?? true {
      config["name"] = dialect == .keras3 ? .string(name) : .null
    }
    return [
      "module": isOwn ? "keras.optimizers.schedules" : .null,
      "class_name": .string(OptimizerKind.shortName(of: type.kind)), "config": .object(config),
      "registered_name": isOwn ? .null : .string(type.kind),
    ]
  }
}
