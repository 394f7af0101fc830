public import TensorCore

/// Steps of the size of the last steps, measured by the gradients (Zeiler 2012). Keras: `Adadelta`.
public struct Adadelta: CompilableOptimizer {
  public static let kind = "Adadelta"
  public static let template = Adadelta()

  public var learningRate: Double
  /// How much of the means stays.
  public var rho: Double
  /// Added under both roots.
  public var epsilon: Double
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, rho: Double = 0.95, epsilon: Double = 1e-7,
    settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.rho, self.epsilon) = (learningRate, rho, epsilon)
    self.settings = settings
  }

  public var slotNames: [String] { ["accumulated_grad", "accumulated_delta_var"] }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let gradients = slots[0] * rho + gradient.square() * (1 - rho)
    let step = (slots[1] + epsilon).sqrt() * gradient / (gradients + epsilon).sqrt()
    let steps = slots[1] * rho + step.square() * (1 - rho)
    return [weight - numbers[0] * step, gradients, steps]
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    OptimizerVariableOrder(interleaved: [
      .init("accumulated_grad", legacy: "accum_grad"), .init("accumulated_delta_var", legacy: "accum_var"),
    ])
  }

  public func validate() throws(CoreError) {
    try requireFraction(rho, "rho")
    try requireNotNegative(epsilon, "epsilon")
  }
}
