public import TensorCore

/// Adam (Kingma and Ba 2015), with AMSGrad (Reddi et al. 2018) if asked. Keras: `Adam`, whose epsilon is added to the
/// uncorrected √v ("epsilon hat" of the paper).
public struct Adam: FusedOptimizer {
  public static let kind = "Adam"
  public static let template = Adam()

  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var amsgrad: Bool
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7,
    amsgrad: Bool = false, settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.epsilon, self.amsgrad, self.settings) = (epsilon, amsgrad, settings)
  }

  public var slotNames: [String] { ["momentum", "velocity"] + (amsgrad ? ["velocity_hat"] : []) }

  public func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    // Taken out of the array, so that the kernel's slot is the only reference to its bytes.
    var largest: Tensor? = amsgrad ? slots.removeLast() : nil
    var velocity = slots.removeLast()
    var momentum = slots.removeLast()
    FusedUpdate.adam(
      &weight, gradient: gradient, momentum: &momentum, velocity: &velocity, largestVelocity: &largest,
      alpha: alpha(step, weight.dtype), beta1: beta1, beta2: beta2, epsilon: epsilon)
    slots.append(momentum)
    slots.append(velocity)
    if let largest { slots.append(largest) }
  }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    numbers.append(alpha(step, dtype))
  }

  func operation(decays: Bool) -> any Operation {
    AdamUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad, decays: decays)
  }

  /// The learning rate with both bias corrections, in the weight's own precision as in Keras.
  private func alpha(_ step: Int, _ dtype: DType) -> Double {
    let (first, second) = (power(beta1, step, dtype), power(beta2, step, dtype))
    guard dtype == .float32 else { return learningRate * (1 - second).squareRoot() / (1 - first) }
    return Double(Float(learningRate) * (1 - Float(second)).squareRoot() / (1 - Float(first)))
  }

  public func validate() throws(CoreError) {
    try requireFraction(beta1, "beta_1")
    try requireFraction(beta2, "beta_2")
    try requireNotNegative(epsilon, "epsilon")
  }

  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    OptimizerVariableOrder(
      interleaved: [.init("momentum", keras2: "m"), .init("velocity", keras2: "v")],
      after: amsgrad ? [.init("velocity_hat", keras2: "vhat")] : [])
  }
}
