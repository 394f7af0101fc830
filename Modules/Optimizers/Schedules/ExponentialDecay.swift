internal import Glibc
public import TensorCore

/// rate · decayRate^(step / decaySteps). Keras: `ExponentialDecay`.
public struct ExponentialDecay: LearningRateSchedule {
  public static let kind = "ExponentialDecay"
  public static let template = ExponentialDecay(initialLearningRate: .nan, decaySteps: .nan, decayRate: .nan)
  public static let defaultName: String? = kind

  public var initialLearningRate: Double
  public var decaySteps: Double
  public var decayRate: Double
  public var staircase: Bool
  public var name: String?

  /// - Parameters:
  ///   - initialLearningRate: of the first step.
  ///   - decaySteps: after how many steps the rate is `decayRate` times what it was.
  ///   - decayRate: what the rate is multiplied with.
  ///   - staircase: whether it changes only once in `decaySteps` steps.
  public init(initialLearningRate: Double, decaySteps: Double, decayRate: Double, staircase: Bool = false) {
    (self.initialLearningRate, self.decaySteps) = (initialLearningRate, decaySteps)
    (self.decayRate, self.staircase) = (decayRate, staircase)
  }

  public func learningRate(after iterations: Int) -> Double {
    let passed = Float(iterations) / Float(decaySteps)
    return Double(Float(initialLearningRate) * powf(Float(decayRate), staircase ? passed.rounded(.down) : passed))
  }

  public func validate() throws(CoreError) {
    try validate(initialLearningRate, "initial_learning_rate")
    try validateSteps(decaySteps, "decay_steps")
    try validate(decayRate, "decay_rate")
  }
}
