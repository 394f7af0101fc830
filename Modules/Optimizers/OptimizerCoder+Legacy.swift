internal import TensorCore

// The optimizers of Keras before 2.11, which 2.11 to 2.15 have as `keras.optimizers.legacy`.
extension OptimizerCoder {
  /// - Parameters:
  ///   - optimizer: one that is written so.
  ///   - own: what its properties are encoded as.
  func legacyConfig(of optimizer: any Optimizer, _ own: JSONObject) throws(CoreError) -> JSONObject {
    var config = own
    config["name"] = .string(optimizer.variablePrefix(dialect))
    var rate: JSON = .number(Double(Float(optimizer.learningRate)))
    var decay: JSON = 0.0
    if let schedule = optimizer.settings.schedule {
      if let inverse = schedule as? InverseTimeDecay, inverse.decaySteps == 1, !inverse.staircase {
        (rate, decay) = (.number(Double(Float(inverse.initialLearningRate))), .number(inverse.decayRate))
      } else {
        rate = try serialized(schedule)
      }
    }
    if let scheduleDecay = config["schedule_decay"] { decay = scheduleDecay }
    config["schedule_decay"] = nil
    (config["learning_rate"], config["decay"]) = (rate, decay)
    let clippings = [
      ("clipnorm", optimizer.settings.clipnorm), ("clipvalue", optimizer.settings.clipvalue),
      ("global_clipnorm", optimizer.settings.globalClipnorm),
    ]
    for (key, value) in clippings { config[key] = value.map { .number($0) } }
    for (key, value) in optimizer.settings.unknownKeys { config[key] = value }
    return config
  }
}

extension Optimizer {
  /// Whether the form of Keras before 2.11 says all of this optimizer, which is one of those.
  func isWrittenAsLegacy(_ dialect: OptimizerDialect) -> Bool {
    guard dialect == .keras2, settings.isLegacy else { return false }
    return settings.weightDecay == nil && settings.extraSlotCount == 0 && settings.lossScaleFactor == nil
  }
}
