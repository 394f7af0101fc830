public import TensorCore

/// rate / (1 + decayRate · step / decaySteps). Keras: `InverseTimeDecay`, and the argument `decay` of optimizers before
/// Keras 2.11, which is the decay rate of one step.
public struct InverseTimeDecay: LearningRateSchedule {
  public static let kind = "InverseTimeDecay"
  public static let template = InverseTimeDecay(initialLearningRate: .nan, decaySteps: .nan, decayRate: .nan)
  public static let defaultName: String? = kind

  public var initialLearningRate: Double
  public var decaySteps: Double
  public var decayRate: Double
  public var staircase: Bool
  public var name: String?

  /// - Parameters:
  ///   - initialLearningRate: of the first step.
  ///   - decaySteps: after how many steps the divisor has grown by `decayRate`.
  ///   - decayRate: how fast the divisor grows.
  ///   - staircase: whether it changes only once in `decaySteps` steps.
  public init(initialLearningRate: Double, decaySteps: Double, decayRate: Double, staircase: Bool = false) {
    (self.initialLearningRate, self.decaySteps) = (initialLearningRate, decaySteps)
    (self.decayRate, self.staircase) = (decayRate, staircase)
  }

  public func learningRate(after iterations: Int) -> Double {
    let passed = Float(iterations) / Float(decaySteps)
    let divisor = 1 + Float(decayRate) * (staircase ? passed.rounded(.down) : passed)
    return Double(Float(initialLearningRate) / divisor)
  }

  public func validate() throws(CoreError) {
    try validate(initialLearningRate, "initial_learning_rate")
    try validateSteps(decaySteps, "decay_steps")
    try validate(decayRate, "decay_rate")
  }
}
