internal import Glibc
public import TensorCore

/// From one rate to another in `decaySteps` steps, along a power of the part that is left. Keras: `PolynomialDecay`.
public struct PolynomialDecay: LearningRateSchedule {
  public static let kind = "PolynomialDecay"
  public static let template = PolynomialDecay(initialLearningRate: .nan, decaySteps: .nan)
  public static let defaultName: String? = kind

  public var initialLearningRate: Double
  public var decaySteps: Double
  public var endLearningRate: Double
  public var power: Double
  public var cycle: Bool
  public var name: String?

  /// - Parameters:
  ///   - initialLearningRate: of the first step.
  ///   - decaySteps: after how many steps the rate is `endLearningRate`.
  ///   - endLearningRate: where the rate goes.
  ///   - power: 1 is a straight line.
  ///   - cycle: whether the rate rises again after `decaySteps` steps, to fall until twice as many, and so on.
  public init(
    initialLearningRate: Double, decaySteps: Double, endLearningRate: Double = 0.0001, power: Double = 1,
    cycle: Bool = false
  ) {
    (self.initialLearningRate, self.decaySteps) = (initialLearningRate, decaySteps)
    (self.endLearningRate, self.power, self.cycle) = (endLearningRate, power, cycle)
  }

  public func learningRate(after iterations: Int) -> Double {
    var (step, steps) = (Float(iterations), Float(decaySteps))
    if cycle {
      steps *= step == 0 ? 1 : (step / Float(decaySteps)).rounded(.up)
    } else {
      step = min(step, steps)
    }
    let end = Float(endLearningRate)
    return Double((Float(initialLearningRate) - end) * powf(1 - step / steps, Float(power)) + end)
  }

  public func validate() throws(CoreError) {
    try validate(initialLearningRate, "initial_learning_rate")
    try validateSteps(decaySteps, "decay_steps")
  }
}
