public import TensorCore

/// Adam that needs no schedule: the gradients are taken between a sequence of steps and its mean (Defazio et al. 2024).
/// Keras: `ScheduleFreeAdamW`.
///
/// The slot `momentum` is the sequence of steps, z; the weights are y = (1 − beta_1)·z + beta_1·x, where x is the mean of z.
public struct ScheduleFreeAdamW: CompilableOptimizer {
  public static let kind = "ScheduleFreeAdamW"
  public static let template = ScheduleFreeAdamW()

  public var learningRate: Double
  /// How near the weights are to the mean.
  public var beta1: Double
  /// How much of the mean square stays.
  public var beta2: Double
  public var epsilon: Double
  /// In how many steps the learning rate grows to its value.
  public var warmupSteps: Int
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.0025, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    warmupSteps: Int = 0, settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.epsilon, self.warmupSteps, self.settings) = (epsilon, warmupSteps, settings)
  }

  public var slotNames: [String] { ["momentum", "velocity"] }

  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] {
    [OptimizerSlot(copyOfWeight: "momentum", for: key), OptimizerSlot("velocity", for: key)]
  }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    let warmup = warmupSteps > 0 ? min(Double(step) / Double(warmupSteps), 1) : 1
    numbers.append(learningRate * warmup)
    numbers.append(1 - power(beta2, step, dtype))
    numbers.append(1 / Double(step))
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let velocity = slots[1] + (gradient.square() - slots[1]) * (1 - beta2)
    let steps = slots[0] - numbers[0] * gradient / ((velocity / numbers[1]).sqrt() + epsilon)
    // The paper takes the old step here, slots[0]. Keras on TensorFlow and PyTorch has overwritten it by now.
    let oldMean = (weight - steps * (1 - beta1)) / beta1
    let mean = (1 - numbers[2]) * oldMean + numbers[2] * steps
    return [steps * (1 - beta1) + mean * beta1, steps, velocity]
  }

  public func validate() throws(CoreError) {
    guard beta1 > 0, beta1 <= 1 else {
      throw CoreError(.invalidConfig, "found beta_1 \(beta1), expected a number above 0 and up to 1")
    }
    try requireFraction(beta2, "beta_2")
    try requireNotNegative(epsilon, "epsilon")
    guard warmupSteps >= 0 else {
      throw CoreError(.invalidConfig, "found warmup_steps \(warmupSteps), expected 0 or more")
    }
  }
}
