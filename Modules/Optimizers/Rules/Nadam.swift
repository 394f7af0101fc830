internal import Glibc
public import TensorCore

/// Adam with Nesterov's momentum (Dozat 2016). Keras: `Nadam`.
public struct Nadam: CompilableOptimizer {
  public static let kind = "Nadam"
  public static let template = Nadam()

  public var learningRate: Double
  /// How much of the mean gradient stays.
  public var beta1: Double
  /// How much of the mean square stays.
  public var beta2: Double
  public var epsilon: Double
  /// How fast the momentum grows; nil: 1, as in Keras since 2.11. Before, it is 0.004 unless said otherwise.
  public var scheduleDecay: Double?
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7,
    scheduleDecay: Double? = nil, settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.epsilon, self.scheduleDecay, self.settings) = (epsilon, scheduleDecay, settings)
  }

  public var slotNames: [String] { ["momentum", "velocity"] }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    let (momentum, next) = (momentum(step), momentum(step + 1))
    let product = momentumProduct(step)
    numbers.append(learningRate)
    numbers.append(next / (1 - product * next))
    numbers.append((1 - momentum) / (1 - product))
    numbers.append(1 - power(beta2, step, dtype))
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let momentum = slots[0] + (gradient - slots[0]) * (1 - beta1)
    let velocity = slots[1] + (gradient.square() - slots[1]) * (1 - beta2)
    let mean = numbers[1] * momentum + numbers[2] * gradient
    return [weight - mean * numbers[0] / ((velocity / numbers[3]).sqrt() + epsilon), momentum, velocity]
  }

  /// The momentum of a step, which grows to `beta1`.
  private func momentum(_ step: Int) -> Double { beta1 * (1 - 0.5 * pow(0.96, (scheduleDecay ?? 1) * Double(step))) }

  /// The product of the momenta of the steps up to this one. Keras keeps it in a variable.
  private func momentumProduct(_ step: Int) -> Double {
    let decay = scheduleDecay ?? 1
    // Later ones are all alike in float64.
    let varying = decay == 0 ? 0 : Int(min(Double(step), (1000 / decay).rounded(.up)))
    var (product, last) = (1.0, 0)
    // What is smaller counts for nothing beside 1, where it is taken from.
    while last < varying, product > 1e-60 {
      last += 1
      product *= momentum(last)
    }
    return product > 1e-60 ? product * pow(momentum(step), Double(step - last)) : 0
  }

  public func validate() throws(CoreError) {
    try requireFraction(beta1, "beta_1")
    try requireFraction(beta2, "beta_2")
    try requireNotNegative(epsilon, "epsilon")
    if let scheduleDecay { try requireNotNegative(scheduleDecay, "schedule_decay") }
  }

  /// Keras 3 lists the product of the momenta last; it follows from the number of steps.
  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    var order = OptimizerVariableOrder(interleaved: [
      .init("momentum", keras2: "m"), .init("velocity", keras2: "v"),
    ])
    order.legacyFirst = [OptimizerVariableOrder.Derived("momentum_cache") { steps in Float(momentumProduct(steps)) }]
    if dialect == .keras3 {
      order.last = [OptimizerVariableOrder.Derived("variable") { steps in Float(momentumProduct(steps)) }]
    }
    return order
  }
}
