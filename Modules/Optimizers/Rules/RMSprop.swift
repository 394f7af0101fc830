public import TensorCore

/// Steps divided by the root of a running mean of squared gradients (Tieleman and Hinton 2012), of their variance
/// if centered (Graves 2013). Keras: `RMSprop`, whose epsilon is inside the root; without a
/// momentum it was outside before 2.11 (`OptimizerSettings.isLegacy`).
public struct RMSprop: CompilableOptimizer {
  public static let kind = "RMSprop"
  public static let template = RMSprop()

  public var learningRate: Double
  /// How much of the means stays.
  public var rho: Double
  /// How much of the last step is made again.
  public var momentum: Double
  /// Keeps divisors from 0.
  public var epsilon: Double
  /// Whether the square of the mean gradient is taken off.
  public var centered: Bool
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, rho: Double = 0.9, momentum: Double = 0, epsilon: Double = 1e-7,
    centered: Bool = false, settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.rho, self.momentum) = (learningRate, rho, momentum)
    (self.epsilon, self.centered, self.settings) = (epsilon, centered, settings)
  }

  public var slotNames: [String] {
    ["velocity"] + (momentum > 0 ? ["momentum"] : []) + (centered ? ["average_gradient"] : [])
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    var slots = slots
    slots[0] = slots[0] * rho + gradient.square() * (1 - rho)
    var divisor = slots[0]
    if centered {
      let mean = slots[slots.count - 1] * rho + gradient * (1 - rho)
      slots[slots.count - 1] = mean
      divisor = divisor - mean.square()
    }
    let isOutside = settings.isLegacy && momentum == 0
    var step = numbers[0] * gradient / (isOutside ? divisor.sqrt() + epsilon : (divisor + epsilon).sqrt())
    if momentum > 0 {
      step = slots[1] * momentum + step
      slots[1] = step
    }
    return [weight - step] + slots
  }

  public func validate() throws(CoreError) {
    try requireFraction(rho, "rho")
    try requireNotNegative(momentum, "momentum")
    try requireNotNegative(epsilon, "epsilon")
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    let legacy = ["velocity": "rms", "average_gradient": "mg"]
    return OptimizerVariableOrder(
      interleaved: [], after: slotNames.map { OptimizerVariableOrder.Slot($0, legacy: legacy[$0]) })
  }
}
