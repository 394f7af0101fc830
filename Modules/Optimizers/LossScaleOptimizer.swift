public import TensorCore

/// Another optimizer, with the loss scaled so that 16-bit gradients neither vanish nor overflow (Micikevicius et al. 2018).
/// Keras: `LossScaleOptimizer`.
///
/// The loss is multiplied by a scale, the gradients are divided by it before they are clipped. A step with a gradient that
/// is not finite changes no weight, no slot and no iteration, and halves the scale; after `dynamicGrowthSteps` steps in a
/// row with finite gradients it is doubled. The scale is a part of `OptimizerState`.
///
/// `Trainer` puts one around the optimizer of a model whose dtype policy is `mixed_float16`.
public struct LossScaleOptimizer: Optimizer {
  public static let kind = "LossScaleOptimizer"
  public static let template = LossScaleOptimizer(SGD())

  /// What changes the weights. It has no loss scale of its own.
  public var innerOptimizer: any Optimizer
  public var initialScale: Double
  public var dynamicGrowthSteps: Int
  /// The name, and keys of a config that no property stands for; clipping and decay are the inner optimizer's.
  public var settings: OptimizerSettings

  /// - Parameters:
  ///   - innerOptimizer: what changes the weights; a fixed loss scale of its own is taken away, as in Keras.
  ///   - initialScale: what the scale begins with; better too high than too low, since it is halved at once.
  ///   - dynamicGrowthSteps: after how many steps with finite gradients the scale is doubled.
  ///   - settings: a name, if it is not to have Keras's.
  public init(
    _ innerOptimizer: any Optimizer, initialScale: Double = 32768, dynamicGrowthSteps: Int = 2000,
    settings: OptimizerSettings = OptimizerSettings()
  ) {
    self.innerOptimizer = innerOptimizer
    self.innerOptimizer.settings.lossScaleFactor = nil
    (self.initialScale, self.dynamicGrowthSteps, self.settings) = (initialScale, dynamicGrowthSteps, settings)
  }

  /// The inner optimizer's.
  public var learningRate: Double {
    get { innerOptimizer.learningRate }
    set { innerOptimizer.learningRate = newValue }
  }

  /// The inner optimizer's.
  public var slotNames: [String] { innerOptimizer.slotNames }

  /// The inner optimizer's.
  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] { innerOptimizer.initialSlots(for: key) }

  /// The inner optimizer's.
  public func weightDecay(for key: WeightKey) -> Double? { innerOptimizer.weightDecay(for: key) }

  /// The scale before the first step.
  public var initialLossScale: LossScale { LossScale(Float(initialScale)) }

  /// The inner optimizer's update: of a gradient that is no longer scaled.
  public func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    innerOptimizer.update(&weight, gradient: gradient, slots: &slots, step: step)
  }

  /// One step with gradients of the scaled loss.
  public func step(_ weights: inout Weights, gradients: Weights, state: inout OptimizerState) {
    var scale = state.lossScale ?? initialLossScale
    let isFinite = LossScale.probe(gradients.tensors).scalar(of: Float.self) == 0
    if isFinite {
      let tensors = Self.unscaled(gradients.tensors, by: Tensor(scale.value))
      innerOptimizer.step(&weights, gradients: Weights(keys: gradients.keys, tensors: tensors), state: &state)
    }
    scale.advance(gradientsAreFinite: isFinite, growthSteps: dynamicGrowthSteps)
    state.lossScale = scale
  }

  /// The gradients of the loss itself.
  ///
  /// - Parameters:
  ///   - gradients: of the scaled loss.
  ///   - scale: float32 `[]`
  package static func unscaled(_ gradients: [Tensor], by scale: Tensor) -> [Tensor] {
    gradients.map { $0 / scale.cast(to: $0.dtype) }
  }

  public func validate() throws(CoreError) {
    guard initialScale > 0, initialScale.isFinite else {
      throw CoreError(.invalidConfig, "found initial_scale \(initialScale), expected a number above 0")
    }
    guard dynamicGrowthSteps > 0 else {
      throw CoreError(.invalidConfig, "found dynamic_growth_steps \(dynamicGrowthSteps), expected a number above 0")
    }
    guard !(innerOptimizer is LossScaleOptimizer) else {
      throw CoreError(.invalidConfig, "found inner_optimizer LossScaleOptimizer, expected one that scales no loss")
    }
    let foreign: [(String, Double?)] = [
      ("weight_decay", settings.weightDecay), ("clipnorm", settings.clipnorm), ("clipvalue", settings.clipvalue),
      ("global_clipnorm", settings.globalClipnorm), ("loss_scale_factor", settings.lossScaleFactor),
      ("use_ema", settings.useEMA ? 1 : nil),
      ("gradient_accumulation_steps", settings.gradientAccumulationSteps.map(Double.init)),
      ("a learning rate schedule", settings.schedule?.learningRate(after: 0)),
    ]
    for (key, value) in foreign where value != nil {
      throw CoreError(.invalidConfig, "found \(key), expected it among the settings of inner_optimizer")
    }
    do {
      try innerOptimizer.validateAll()
    } catch {
      throw error.inside("inner_optimizer")
    }
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    innerOptimizer.variableOrder(dialect)
  }
}

extension LossScaleOptimizer: Codable {
  private enum CodingKeys: CodingKey {
    case innerOptimizer, initialScale, dynamicGrowthSteps, settings
  }

  private enum InnerKeys: CodingKey {
    case className, config
  }

  /// Of any coder. Keras's own form, where keys may be missing, is `OptimizerCoder`'s.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let inner = try container.nestedContainer(keyedBy: InnerKeys.self, forKey: .innerOptimizer)
    let kind = try PluginHost.shared.optimizerKind(named: inner.decode(String.self, forKey: .className))
    self.init(
      try kind.type.init(from: inner.superDecoder(forKey: .config)),
      initialScale: try container.decode(Double.self, forKey: .initialScale),
      dynamicGrowthSteps: try container.decode(Int.self, forKey: .dynamicGrowthSteps),
      settings: try container.decode(OptimizerSettings.self, forKey: .settings))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    var inner = container.nestedContainer(keyedBy: InnerKeys.self, forKey: .innerOptimizer)
    try inner.encode(type(of: innerOptimizer).kind, forKey: .className)
    try innerOptimizer.encode(to: inner.superEncoder(forKey: .config))
    try container.encode(initialScale, forKey: .initialScale)
    try container.encode(dynamicGrowthSteps, forKey: .dynamicGrowthSteps)
    try container.encode(settings, forKey: .settings)
  }
}
