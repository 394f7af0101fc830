public import TensorCore

/// Adam whose step has, in every layer, the weight's norm times the learning rate (You et al. 2020). Keras: `Lamb`.
public struct Lamb: CompilableOptimizer {
  public static let kind = "Lamb"
  public static let template = Lamb()

  public var learningRate: Double
  /// How much of the mean gradient stays.
  public var beta1: Double
  /// How much of the mean square stays.
  public var beta2: Double
  public var epsilon: Double
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7,
    settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.epsilon, self.settings) = (epsilon, settings)
  }

  public var slotNames: [String] { ["momentum", "velocity"] }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    numbers.append(learningRate)
    numbers.append(1 - power(beta1, step, dtype))
    numbers.append(1 - power(beta2, step, dtype))
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let momentum = slots[0] + (gradient - slots[0]) * (1 - beta1)
    let velocity = slots[1] + (gradient.square() - slots[1]) * (1 - beta2)
    let step = momentum / numbers[1] / ((velocity / numbers[2]).sqrt() + epsilon)
    let (size, stepSize) = (weight.square().sum().sqrt(), step.square().sum().sqrt())
    let one = Tensor(scalar: 1, dtype: weight.dtype)
    // Inside the outer choice there is no 0/0 either.
    let isOrdinary = size.greater(0).logicalAnd(stepSize.greater(0))
    let ratio = Tensor.select(isOrdinary, size / Tensor.select(isOrdinary, stepSize, one), one)
    return [weight - ratio * numbers[0] * step, momentum, velocity]
  }

  public func validate() throws(CoreError) {
    try requireFraction(beta1, "beta_1")
    try requireFraction(beta2, "beta_2")
    try requireNotNegative(epsilon, "epsilon")
  }
}
