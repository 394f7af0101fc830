public import TensorCore

/// One step of `SimpleRNN`: x and h `[batch, units]` to the output, which is the new h, and h. Keras: `SimpleRNNCell`.
public struct SimpleRNNCell: SequencedCell {
  public static let kind = "SimpleRNNCell"
  public static let template = SimpleRNNCell(units: 1)
  public static let requiredKeys = ["units"]

  public var units: Int
  public var activation = Activation.tanh
  public var useBias = true
  public var kernelInitializer = Initializer.glorotUniform
  public var recurrentInitializer = Initializer.orthogonal()
  public var biasInitializer = Initializer.zeros
  public var kernelRegularizer: Regularizer?
  public var recurrentRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var recurrentConstraint: Constraint?
  public var biasConstraint: Constraint?
  /// The share of inputs that training drops, the same ones at every step.
  public var dropout = 0.0
  /// The same of h on its way into the gates.
  public var recurrentDropout = 0.0
  /// Keras 2's choice of how to compute it; with 1 each gate drops inputs of its own.
  public var implementation = 2
  public var seed: Int?

  public init(units: Int) { self.units = units }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildStep(&scope, inputs: inputs)
  }

  var sequence: SimpleRNN {
    var layer = SimpleRNN(units: units, activation: activation, useBias: useBias, returnState: true)
    (layer.kernelInitializer, layer.recurrentInitializer) = (kernelInitializer, recurrentInitializer)
    (layer.biasInitializer, layer.biasRegularizer) = (biasInitializer, biasRegularizer)
    (layer.kernelRegularizer, layer.recurrentRegularizer) = (kernelRegularizer, recurrentRegularizer)
    (layer.kernelConstraint, layer.recurrentConstraint) = (kernelConstraint, recurrentConstraint)
    (layer.biasConstraint, layer.implementation) = (biasConstraint, implementation)
    (layer.dropout, layer.recurrentDropout) = (dropout, recurrentDropout)
    return layer
  }
}
