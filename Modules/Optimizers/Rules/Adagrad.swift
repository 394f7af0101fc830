public import TensorCore

/// Steps divided by the root of all squared gradients' sum (Duchi, Hazan and Singer 2011). Keras: `Adagrad`, whose epsilon
/// is inside the root; outside of it before 2.11 (`OptimizerSettings.isLegacy`).
public struct Adagrad: CompilableOptimizer {
  public static let kind = "Adagrad"
  public static let template = Adagrad()

  public var learningRate: Double
  /// What the sums begin with.
  public var initialAccumulatorValue: Double
  /// Keeps divisors from 0.
  public var epsilon: Double
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, initialAccumulatorValue: Double = 0.1, epsilon: Double = 1e-7,
    settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.initialAccumulatorValue, self.epsilon) = (learningRate, initialAccumulatorValue, epsilon)
    self.settings = settings
  }

  public var slotNames: [String] { ["accumulator"] }

  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] {
    [OptimizerSlot("accumulator", for: key, filledWith: initialAccumulatorValue)]
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let sum = slots[0] + gradient.square()
    let divisor = settings.isLegacy ? sum.sqrt() + epsilon : (sum + epsilon).sqrt()
    return [weight - numbers[0] * gradient / divisor, sum]
  }

  public func validate() throws(CoreError) {
    try requireNotNegative(initialAccumulatorValue, "initial_accumulator_value")
    try requireNotNegative(epsilon, "epsilon")
  }
}
