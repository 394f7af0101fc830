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
  /// Weights whose path one of these regular expressions is found in have no weight decay: `["bias", "norm/"]`. Keras:
  /// `exclude_from_weight_decay(var_names=...)`, which its configs and files do not hold.
  public var weightDecayExclusions: [String] = []
  /// What the updates of some weights are multiplied with, by layer or weight (`"block"`, `"block/dense/kernel"`); of
  /// several that fit, the longest counts. Averages are those of weights that were updated so. In no config: Keras has
  /// nothing like it.
  package var learningRateFactors: [String: Double] = [:]
  /// What the loss is multiplied with, and the gradients are divided by before anything else; nil: 1. A fixed loss scale,
  /// where `LossScaleOptimizer` finds one.
  public var lossScaleFactor: Double?
  /// Whether an exponential moving average of every weight is kept (Polyak and Juditsky 1992).
  public var useEMA = false
  /// How much of the averages stays in each step.
  public var emaMomentum = 0.99
  /// After every so many updates the averages take the weights' place; nil: never.
  public var emaOverwriteFrequency: Int?
  /// The weights are updated in every so many steps only, with the mean of the gradients since then; nil: in each.
  public var gradientAccumulationSteps: Int?
  /// Whether the rule is that of Keras before 2.11, which later versions have as `keras.optimizers.legacy`: `Adagrad`, and
  /// `RMSprop` without a momentum, add their epsilon to the root. Files of Keras 2 say so; those of Keras 3 cannot.
  public var isLegacy = false
  /// Keys of a config that no property stands for, to be written back as they were.
  public var unknownKeys: JSONObject = [:]
  private var heldSchedule: HeldSchedule?

  /// - Parameters:
  ///   - name: in configs and in the names of variables.
  ///   - clipnorm: of each gradient.
  ///   - globalClipnorm: of all gradients together.
  ///   - clipvalue: of every element.
  ///   - weightDecay: the share of the weights that an update takes away, times the learning rate.
  ///   - lossScaleFactor: a fixed loss scale.
  ///   - schedule: of the learning rate.
  public init(
    name: String? = nil, clipnorm: Double? = nil, globalClipnorm: Double? = nil, clipvalue: Double? = nil,
    weightDecay: Double? = nil, lossScaleFactor: Double? = nil, schedule: (any LearningRateSchedule)? = nil
  ) {
    (self.name, self.clipnorm, self.globalClipnorm) = (name, clipnorm, globalClipnorm)
    (self.clipvalue, self.weightDecay, self.lossScaleFactor) = (clipvalue, weightDecay, lossScaleFactor)
    self.schedule = schedule
  }

  /// What the learning rate follows; nil: it is the optimizer's `learningRate`.
  public var schedule: (any LearningRateSchedule)? {
    get { heldSchedule?.schedule }
    set { heldSchedule = newValue.map(HeldSchedule.init) }
  }

  /// The decay of one weight, nil where it is excluded.
  public func weightDecay(for key: WeightKey) -> Double? {
    guard let weightDecay, !isExcluded(key) else { return nil }
    return weightDecay
  }

  /// What the update of one weight is multiplied with; nil: nothing.
  package func learningRateFactor(for key: WeightKey) -> Double? {
    guard !learningRateFactors.isEmpty else { return nil }
    let path = learningRateFactors.keys.filter { key.isWithin($0) }.max { $0.count < $1.count }
    return path.flatMap { learningRateFactors[$0] }.flatMap { $0 == 1 ? nil : $0 }
  }

  /// Whether a weight has no weight decay, because of its path.
  public func isExcluded(_ key: WeightKey) -> Bool { weightDecayExclusions.contains { key.path.hasMatch(for: $0) } }
}

/// A schedule as a value that can be compared.
private struct HeldSchedule: Hashable, Sendable {
  let schedule: any LearningRateSchedule

  static func == (a: HeldSchedule, b: HeldSchedule) -> Bool { AnyHashable(a.schedule) == AnyHashable(b.schedule) }

  func hash(into hasher: inout Hasher) { AnyHashable(schedule).hash(into: &hasher) }
}

extension WeightKey {
  /// Whether this is the weight of a path, or one inside of the layer there.
  package func isWithin(_ path: String) -> Bool { self.path == path || self.path.hasPrefix(path + "/") }
}

extension Tensor {
  /// A shorter or longer way from `weight` to this tensor.
  ///
  /// - Parameters:
  ///   - factor: what the way is multiplied with; nil leaves it.
  ///   - weight: where it began.
  func scaled(by factor: Double?, from weight: Tensor) -> Tensor {
    factor.map { weight + (self - weight) * $0 } ?? self
  }
}

extension String {
  /// Whether a regular expression is found anywhere in this text; one that cannot be read is found nowhere.
  func hasMatch(for pattern: String) -> Bool {
    guard let regex = try? Regex(pattern) else { return false }
    return firstMatch(of: regex) != nil
  }
}
