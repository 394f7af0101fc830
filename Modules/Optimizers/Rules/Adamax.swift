public import TensorCore

/// Adam with the largest gradient in the place of the mean square (Kingma and Ba 2015, section 7). Keras: `Adamax`.
public struct Adamax: CompilableOptimizer {
  public static let kind = "Adamax"
  public static let template = Adamax()

  public var learningRate: Double
  /// How much of the mean gradient stays.
  public var beta1: Double
  /// How much of the largest gradient stays.
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

  public var slotNames: [String] { ["momentum", "norm"] }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    numbers.append(learningRate)
    numbers.append(1 - power(beta1, step, dtype))
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let momentum = slots[0] + (gradient - slots[0]) * (1 - beta1)
    let norm = (slots[1] * beta2).maximum(gradient.abs())
    return [weight - numbers[0] * momentum / (numbers[1] * (norm + epsilon)), momentum, norm]
  }

  public func validate() throws(CoreError) {
    try requireFraction(beta1, "beta_1")
    try requireFraction(beta2, "beta_2")
    try requireNotNegative(epsilon, "epsilon")
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    OptimizerVariableOrder(interleaved: [.init("momentum", keras2: "m"), .init("norm", keras2: "u", legacy: "v")])
  }
}
