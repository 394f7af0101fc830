public import TensorCore

/// Gradient descent, plain, with momentum (Polyak 1964) or Nesterov's (1983). Keras: `SGD`.
public struct SGD: FusedOptimizer {
  public static let kind = "SGD"
  public static let template = SGD()

  public var learningRate: Double
  public var momentum: Double
  public var nesterov: Bool
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false,
    settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.momentum, self.nesterov, self.settings) = (learningRate, momentum, nesterov, settings)
  }

  public var slotNames: [String] { momentum == 0 ? [] : ["momentum"] }

  public func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    guard momentum != 0 else { return FusedUpdate.sgd(&weight, gradient: gradient, learningRate: learningRate) }
    FusedUpdate.momentum(
      &weight, gradient: gradient, velocity: &slots[0], learningRate: learningRate, momentum: momentum,
      nesterov: nesterov)
  }

  func operation(decays: Bool) -> any Operation {
    SGDUpdate(momentum: momentum, nesterov: nesterov, decays: decays)
  }

  public func validate() throws(CoreError) {
    guard (0...1).contains(momentum) else {
      throw CoreError(.invalidConfig, "found momentum \(momentum), expected a number from 0 to 1")
    }
  }

  /// Keras 2.11 to 2.15 has a momentum per weight even where the momentum is 0.
  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    let slot = OptimizerVariableOrder.Slot("momentum", keras2: "m", legacy: "momentum")
    return OptimizerVariableOrder(interleaved: dialect == .keras2 || momentum != 0 ? [slot] : [])
  }
}
