internal import TensorCore

extension OptimizerSettings: Codable {
  enum CodingKeys: CodingKey, CaseIterable {
    case weightDecay, clipnorm, globalClipnorm, clipvalue, useEMA, emaMomentum, emaOverwriteFrequency
    case lossScaleFactor, gradientAccumulationSteps
  }

  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: CodingKeys.self)
    weightDecay = try container.decodeIfPresent(Double.self, forKey: .weightDecay)
    clipnorm = try container.decodeIfPresent(Double.self, forKey: .clipnorm)
    globalClipnorm = try container.decodeIfPresent(Double.self, forKey: .globalClipnorm)
    clipvalue = try container.decodeIfPresent(Double.self, forKey: .clipvalue)
    lossScaleFactor = try container.decodeIfPresent(Double.self, forKey: .lossScaleFactor)
    useEMA = try container.decodeIfPresent(Bool.self, forKey: .useEMA) ?? useEMA
    emaMomentum = try container.decodeIfPresent(Double.self, forKey: .emaMomentum) ?? emaMomentum
    emaOverwriteFrequency = try container.decodeIfPresent(Int.self, forKey: .emaOverwriteFrequency)
    gradientAccumulationSteps = try container.decodeIfPresent(Int.self, forKey: .gradientAccumulationSteps)
  }

  /// Keras's keys: `OptimizerCoder` puts the name, the schedule and the unknown keys where Keras has them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(weightDecay, forKey: .weightDecay)
    try container.encode(clipnorm, forKey: .clipnorm)
    try container.encode(globalClipnorm, forKey: .globalClipnorm)
    try container.encode(clipvalue, forKey: .clipvalue)
    try container.encode(useEMA, forKey: .useEMA)
    try container.encode(emaMomentum, forKey: .emaMomentum)
    try container.encode(emaOverwriteFrequency, forKey: .emaOverwriteFrequency)
    try container.encode(lossScaleFactor, forKey: .lossScaleFactor)
    try container.encode(gradientAccumulationSteps, forKey: .gradientAccumulationSteps)
  }
}
