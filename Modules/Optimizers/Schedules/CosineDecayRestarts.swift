internal import Glibc
public import TensorCore

/// Half a cosine from the rate to `alpha` of it, again and again, each time longer and lower (Loshchilov and Hutter 2017).
/// Keras: `CosineDecayRestarts`.
public struct CosineDecayRestarts: LearningRateSchedule {
  public static let kind = "CosineDecayRestarts"
  public static let template = CosineDecayRestarts(initialLearningRate: .nan, firstDecaySteps: .nan)
  public static let defaultName: String? = "SGDRDecay"

  public var initialLearningRate: Double
  public var firstDecaySteps: Double
  public var tMul: Double
  public var mMul: Double
  public var alpha: Double
  public var name: String?

  /// - Parameters:
  ///   - initialLearningRate: of the first step.
  ///   - firstDecaySteps: how many steps the first cosine takes.
  ///   - tMul: how many times longer each is than the one before.
  ///   - mMul: how many times higher each begins than the one before.
  ///   - alpha: the share of the rate that is left in the end.
  public init(
    initialLearningRate: Double, firstDecaySteps: Double, tMul: Double = 2, mMul: Double = 1, alpha: Double = 0
  ) {
    (self.initialLearningRate, self.firstDecaySteps) = (initialLearningRate, firstDecaySteps)
    (self.tMul, self.mMul, self.alpha) = (tMul, mMul, alpha)
  }

  public func learningRate(after iterations: Int) -> Double {
    let (longer, alpha) = (Float(tMul), Float(alpha))
    var part = Float(iterations) / Float(firstDecaySteps)
    let restarts: Float
    if longer == 1 {
      restarts = part.rounded(.down)
      part -= restarts
    } else {
      restarts = (logf(1 - part * (1 - longer)) / logf(longer)).rounded(.down)
      let length = powf(longer, restarts)
      part = (part - (1 - length) / (1 - longer)) / length
    }
    let cosine = 0.5 * powf(Float(mMul), restarts) * (1 + cosf(.pi * part))
    return Double(Float(initialLearningRate) * ((1 - alpha) * cosine + alpha))
  }

  public func validate() throws(CoreError) {
    try validate(initialLearningRate, "initial_learning_rate")
    try validateSteps(firstDecaySteps, "first_decay_steps")
    guard tMul > 0 else { throw CoreError(.invalidConfig, "found t_mul \(tMul), expected a number above 0") }
  }
}
