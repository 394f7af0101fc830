public import TensorCore

/// The settings that all of Keras's optimizers share.
public struct OptimizerSettings: Hashable, Sendable {
  /// The name in configs and in the names of variables; nil is Keras's default for the class.
  public var name: String?
  /// Each gradient with a larger L2 norm is scaled to this norm.
  public var clipnorm: Double?
  /// Where the L2 norm of all gradients together is larger, all are scaled so that it is this.
  public var globalClipnorm: Double?
  /// Every element of a gradient is kept within ± this.
  public var clipvalue: Double?
  /// Decoupled: before the update each weight loses this share of itself, times the learning rate (Loshchilov and Hutter
  /// 2019).
  public var weightDecay: Double?
  /// What the loss is multiplied with, and the gradients are divided by before anything else; nil: 1. A fixed loss scale,
  /// where `LossScaleOptimizer` finds one.
  public var lossScaleFactor: Double?
  /// Keys of a config that no property stands for, to be written back as they were.
  public var unknownKeys: JSONObject = [:]

  public init(
    name: String? = nil, clipnorm: Double? = nil, globalClipnorm: Double? = nil, clipvalue: Double? = nil,
    weightDecay: Double? = nil, lossScaleFactor: Double? = nil
  ) {
    (self.name, self.clipnorm, self.globalClipnorm) = (name, clipnorm, globalClipnorm)
    (self.clipvalue, self.weightDecay, self.lossScaleFactor) = (clipvalue, weightDecay, lossScaleFactor)
  }

  /// Throws `invalidConfig` where Keras would refuse the combination, or where a key asks for what no optimizer here
  /// does: it must not be ignored in silence.
  public func validate() throws(CoreError) {
    let clippings: [(String, Double?)] = [
      ("clipnorm", clipnorm), ("global_clipnorm", globalClipnorm), ("clipvalue", clipvalue),
    ]
    let given = clippings.filter { $0.1 != nil }
    if given.count > 1 {
      throw CoreError(
        .invalidConfig, "found \(given.map(\.0).joined(separator: " and ")), expected at most one way of clipping")
    }
    for (key, value) in given {
      guard let value, value > 0 else {
        throw CoreError(.invalidConfig, "found \(key) \(value ?? 0), expected a number above 0")
      }
    }
    if let weightDecay, !(weightDecay >= 0) {
      throw CoreError(.invalidConfig, "found weight_decay \(weightDecay), expected a number of 0 or more")
    }
    if let lossScaleFactor, !(lossScaleFactor > 0 && lossScaleFactor.isFinite) {
      throw CoreError(.invalidConfig, "found loss_scale_factor \(lossScaleFactor), expected a number above 0")
    }
    try validateUnknownKeys()
  }

  private func validateUnknownKeys() throws(CoreError) {
    if unknownKeys["use_ema"]?.boolValue == true {
      throw CoreError(.invalidConfig, "found use_ema true, which cannot be honoured; expected false")
    }
    if let value = unknownKeys["gradient_accumulation_steps"], !value.isNull {
      throw CoreError(
        .invalidConfig, "found gradient_accumulation_steps \(value), which cannot be honoured; expected null")
    }
    if let decay = unknownKeys["decay"], decay.doubleValue != 0, !decay.isNull {
      throw CoreError(
        .invalidConfig, "found decay \(decay) of the learning rate, which cannot be honoured; expected 0")
    }
  }

  /// The gradients as the rule is to see them.
  func clipped(_ gradients: [Tensor]) -> [Tensor] {
    var gradients = gradients
    if let lossScaleFactor { gradients = gradients.map { $0 / lossScaleFactor } }
    if let clipnorm {
      return gradients.map { gradient in
        gradient * clipnorm / gradient.square().sum().sqrt().maximum(clipnorm)
      }
    }
    if let clipvalue { return gradients.map { $0.clamped(-clipvalue, clipvalue) } }
    guard let globalClipnorm, let first = gradients.first else { return gradients }
    let sum = gradients.reduce(Tensor.zeros([], dtype: first.dtype)) { $0 + $1.square().sum() }
    let norm = sum.sqrt()
    // An infinite norm makes every gradient NaN, as in Keras, so that TerminateOnNaN sees it.
    let scale = globalClipnorm * norm.reciprocal().minimum(1 / globalClipnorm) + (norm - norm)
    return gradients.map { $0 * scale }
  }
}

extension OptimizerSettings: Codable {
  enum CodingKeys: CodingKey, CaseIterable {
    case weightDecay, clipnorm, globalClipnorm, clipvalue, lossScaleFactor
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    weightDecay = try container.decodeIfPresent(Double.self, forKey: .weightDecay)
    clipnorm = try container.decodeIfPresent(Double.self, forKey: .clipnorm)
    globalClipnorm = try container.decodeIfPresent(Double.self, forKey: .globalClipnorm)
    clipvalue = try container.decodeIfPresent(Double.self, forKey: .clipvalue)
    lossScaleFactor = try container.decodeIfPresent(Double.self, forKey: .lossScaleFactor)
  }

  /// The numbers alone: `OptimizerCoder` puts the name and the unknown keys where Keras has them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(weightDecay, forKey: .weightDecay)
    try container.encode(clipnorm, forKey: .clipnorm)
    try container.encode(globalClipnorm, forKey: .globalClipnorm)
    try container.encode(clipvalue, forKey: .clipvalue)
    try container.encode(lossScaleFactor, forKey: .lossScaleFactor)
  }
}
