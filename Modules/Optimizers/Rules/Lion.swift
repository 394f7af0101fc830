public import TensorCore

/// The sign of a mean between the gradient and its momentum (Chen et al. 2023). Keras: `Lion`.
public struct Lion: CompilableOptimizer {
  public static let kind = "Lion"
  public static let template = Lion()

  public var learningRate: Double
  /// How much of the momentum is in the step.
  public var beta1: Double
  /// How much of the momentum stays.
  public var beta2: Double
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.99,
    settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    self.settings = settings
  }

  public var slotNames: [String] { ["momentum"] }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let step = (slots[0] * beta1 + gradient * (1 - beta1)).sign()
    return [weight - numbers[0] * step, slots[0] * beta2 + gradient * (1 - beta2)]
  }

  public func validate() throws(CoreError) {
    guard beta1 > 0, beta1 <= 1 else {
      throw CoreError(.invalidConfig, "found beta_1 \(beta1), expected a number above 0 and up to 1")
    }
    guard (0...1).contains(beta2) else {
      throw CoreError(.invalidConfig, "found beta_2 \(beta2), expected a number from 0 to 1")
    }
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    OptimizerVariableOrder(interleaved: [.init("momentum", keras2: "m")])
  }
}
