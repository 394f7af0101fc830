public import TensorCore

/// Long short-term memory. Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. Keras: `LSTM`.
///
/// `[batch, time, features] -> [batch, units]`, or `[batch, time, units]` with `returnSequences`; with `returnState` the
/// final states h and c too, `[batch, units]` each. Called on several inputs, those after the first are the initial states.
/// A masked step leaves states and output as they are.
public struct LSTM: RecurrentLayer {
  public static let kind = "LSTM"
  public static let template = LSTM(units: 1)
  public static let requiredKeys = ["units"]
  static let cellName = "lstm_cell"

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
  public var recurrentActivation = Activation.sigmoid
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
  /// Whether the forget gate's bias begins at one (Jozefowicz et al. 2015).
  public var unitForgetBias = true
  /// The share of inputs that training drops, the same ones at every step.
  public var dropout = 0.0
  /// The same of h on its way into the gates.
  public var recurrentDropout = 0.0
  /// Keras 2's choice of how to compute it; with 1 each gate drops inputs of its own.
  public var implementation = 2
  public var seed: Int?

  public init(
    units: Int, activation: Activation = .tanh, recurrentActivation: Activation = .sigmoid, useBias: Bool = true,
    returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false, dropout: Double = 0,
    recurrentDropout: Double = 0
  ) {
    (self.units, self.activation, self.useBias) = (units, activation, useBias)
    (self.returnSequences, self.returnState, self.goBackwards) = (returnSequences, returnState, goBackwards)
    (self.dropout, self.recurrentDropout) = (dropout, recurrentDropout)
    self.recurrentActivation = recurrentActivation
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildRecurrence(&scope, inputs: inputs)
  }

  var cell: RecurrentCell { .lstm }
  var gateActivation: Activation { recurrentActivation }
  var wholeBiasInitializer: Initializer { unitForgetBias ? .unitForgetBias(biasInitializer) : biasInitializer }
}
