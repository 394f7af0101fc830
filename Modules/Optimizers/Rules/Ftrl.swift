public import TensorCore

/// "Follow the regularized leader", with penalties that make weights exactly 0 (McMahan et al. 2013). Keras: `Ftrl`.
public struct Ftrl: CompilableOptimizer {
  public static let kind = "Ftrl"
  public static let template = Ftrl()

  public var learningRate: Double
  /// How the rate falls with the sum of squared gradients; 0: not at all.
  public var learningRatePower: Double
  /// What the sums begin with.
  public var initialAccumulatorValue: Double
  public var l1RegularizationStrength: Double
  public var l2RegularizationStrength: Double
  /// Of a penalty on the weights as they are, which is added to the gradient.
  public var l2ShrinkageRegularizationStrength: Double
  /// Adds to the L2 penalty this divided by twice the learning rate.
  public var beta: Double
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, learningRatePower: Double = -0.5, initialAccumulatorValue: Double = 0.1,
    l1RegularizationStrength: Double = 0, l2RegularizationStrength: Double = 0,
    l2ShrinkageRegularizationStrength: Double = 0, beta: Double = 0, settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.learningRatePower, self.initialAccumulatorValue) = (
      learningRate, learningRatePower, initialAccumulatorValue
    )
    (self.l1RegularizationStrength, self.l2RegularizationStrength, self.l2ShrinkageRegularizationStrength) = (
      l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength
    )
    (self.beta, self.settings) = (beta, settings)
  }

  public var slotNames: [String] { ["accumulator", "linear"] }

  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] {
    [
      OptimizerSlot("accumulator", for: key, filledWith: initialAccumulatorValue), OptimizerSlot("linear", for: key),
    ]
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let rate = numbers[0]
    let l2 = l2RegularizationStrength + beta / (2 * rate)
    let shrunk = gradient + weight * (2 * l2ShrinkageRegularizationStrength)
    let sum = slots[0] + gradient.square()
    let (oldPower, newPower) = (slots[0].pow(-learningRatePower), sum.pow(-learningRatePower))
    let linear = slots[1] + (shrunk - (newPower - oldPower) / rate * weight)
    let quadratic = newPower / rate + 2 * l2
    let clipped = linear.clamped(-l1RegularizationStrength, l1RegularizationStrength)
    return [(clipped - linear) / quadratic, sum, linear]
  }

  public func validate() throws(CoreError) {
    guard learningRatePower <= 0 else {
      throw CoreError(
        .invalidConfig, "found learning_rate_power \(learningRatePower), expected a number of 0 or less")
    }
    try requireNotNegative(initialAccumulatorValue, "initial_accumulator_value")
    try requireNotNegative(l1RegularizationStrength, "l1_regularization_strength")
    try requireNotNegative(l2RegularizationStrength, "l2_regularization_strength")
    try requireNotNegative(l2ShrinkageRegularizationStrength, "l2_shrinkage_regularization_strength")
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    var order = OptimizerVariableOrder(interleaved: slotNames.map { OptimizerVariableOrder.Slot($0) })
    order.isLegacyByWeight = true
    return order
  }
}
