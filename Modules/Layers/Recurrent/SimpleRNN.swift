public import TensorCore

/// A recurrent layer: `h = activation(x · kernel + h · recurrentKernel + bias)`, step by step. Elman 1990. Keras: `SimpleRNN`.
///
/// `[batch, time, features] -> [batch, units]`, or `[batch, time, units]` with `returnSequences`; with `returnState` the
/// final state too, `[batch, units]`. Called on several inputs, those after the first are the initial state.
/// A masked step leaves states and output as they are.
public struct SimpleRNN: RecurrentLayer {
  public static let kind = "SimpleRNN"
  public static let template = SimpleRNN(units: 1)
  public static let requiredKeys = ["units"]
  static let cellName = "simple_rnn_cell"

  /// Whether the output of every step comes out, not the last alone.
  public var returnSequences = false
  /// Whether the final state comes out too.
  public var returnState = false
  /// Whether the steps are taken last to first; the output sequence is then in that order.
  public var goBackwards = false
  /// Whether each batch goes on from the states in which the one before it ended (`Model.resetStates`).
  public var stateful = false
  /// Of no effect here: every step is computed alike.
  public var unroll = false
  /// Whether a masked step's output is zeros, not the output before it.
  public var zeroOutputForMask = false
  public var timeMajor = false
  public var units: Int
  public var activation = Activation.tanh
  public var useBias = true
  public var kernelInitializer = Initializer.glorotUniform
  public var recurrentInitializer = Initializer.orthogonal()
  public var biasInitializer = Initializer.zeros
  public var kernelRegularizer: Regularizer?
  public var recurrentRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var recurrentConstraint: Constraint?
  public var biasConstraint: Constraint?
  /// The share of inputs that training drops, the same ones at every step.
  public var dropout = 0.0
  /// The same of h on its way into the gates.
  public var recurrentDropout = 0.0
  /// Keras 2's choice of how to compute it; with 1 each gate drops inputs of its own.
  public var implementation = 2

  public init(
    units: Int, activation: Activation = .tanh, useBias: Bool = true, returnSequences: Bool = false,
    returnState: Bool = false, goBackwards: Bool = false, dropout: Double = 0, recurrentDropout: Double = 0
  ) {
    (self.units, self.activation, self.useBias) = (units, activation, useBias)
    (self.returnSequences, self.returnState, self.goBackwards) = (returnSequences, returnState, goBackwards)
    (self.dropout, self.recurrentDropout) = (dropout, recurrentDropout)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildRecurrence(&scope, inputs: inputs)
  }

  var cell: RecurrentCell { .simple }
  var gateActivation: Activation { .linear }
  var wholeBiasInitializer: Initializer { biasInitializer }
}
