internal import Glibc
public import TensorCore

/// Half a cosine from the rate to `alpha` of it (Loshchilov and Hutter 2017), after a linear warm-up if asked. Keras:
/// `CosineDecay`.
public struct CosineDecay: LearningRateSchedule {
  public static let kind = "CosineDecay"
  public static let template = CosineDecay(initialLearningRate: .nan, decaySteps: .nan)
  public static let defaultName: String? = kind

  public var initialLearningRate: Double
  public var decaySteps: Double
  public var alpha: Double
  public var warmupTarget: Double?
  public var warmupSteps: Double
  public var name: String?

  /// - Parameters:
  ///   - initialLearningRate: of the first step.
  ///   - decaySteps: how many steps the cosine takes.
  ///   - alpha: the share of the rate that is left in the end.
  ///   - warmupTarget: where the rate goes before it falls; nil: there is no warm-up.
  ///   - warmupSteps: how many steps that takes.
  public init(
    initialLearningRate: Double, decaySteps: Double, alpha: Double = 0, warmupTarget: Double? = nil,
    warmupSteps: Double = 0
  ) {
    (self.initialLearningRate, self.decaySteps, self.alpha) = (initialLearningRate, decaySteps, alpha)
    (self.warmupTarget, self.warmupSteps) = (warmupTarget, warmupSteps)
  }

  public func learningRate(after iterations: Int) -> Double {
    let (rate, steps) = (Float(initialLearningRate), Float(decaySteps))
    guard let warmupTarget else { return Double(decayed(min(Float(iterations), steps) / steps, from: rate)) }
    let (target, warmup) = (Float(warmupTarget), Float(warmupSteps))
    let step = min(Float(iterations), steps + warmup)
    return Double(
      step < warmup ? (target - rate) * (step / warmup) + rate : decayed((step - warmup) / steps, from: target))
  }

  private func decayed(_ part: Float, from rate: Float) -> Float {
    rate * (Float(1 - alpha) * (0.5 * (1 + cosf(.pi * part))) + Float(alpha))
  }

  public func validate() throws(CoreError) {
    try validate(initialLearningRate, "initial_learning_rate")
    try validateSteps(decaySteps, "decay_steps")
    guard warmupSteps >= 0 else {
      throw CoreError(.invalidConfig, "found warmup_steps \(warmupSteps), expected a number of 0 or more")
    }
  }
}
