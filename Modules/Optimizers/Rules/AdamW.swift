public import TensorCore

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), which is a setting of every optimizer and must be set
/// here. Keras: `AdamW`.
public struct AdamW: FusedOptimizer {
  public static let kind = "AdamW"
  public static let template = AdamW()

  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var amsgrad: Bool
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7,
    amsgrad: Bool = false, settings: OptimizerSettings = OptimizerSettings(weightDecay: 0.004)
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.epsilon, self.amsgrad, self.settings) = (epsilon, amsgrad, settings)
  }

  private var adam: Adam {
    Adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad, settings: settings)
  }

  public var slotNames: [String] { adam.slotNames }

  public func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    adam.update(&weight, gradient: gradient, slots: &slots, step: step)
  }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    adam.addStepNumbers(step, dtype: dtype, to: &numbers)
  }

  func operation(decays: Bool) -> any Operation { adam.operation(decays: decays) }

  public func validate() throws(CoreError) {
    try adam.validate()
    guard settings.weightDecay != nil else {
      throw CoreError(.invalidConfig, "found weight_decay null, expected a number")
    }
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder { adam.variableOrder(dialect) }
}
