public import TensorCore

/// `GRU` with `resetAfter` with its weights as cuDNN keeps them. Keras 2: `CuDNNGRU`; old files have it, Keras 3 does not know it.
///
/// `[batch, time, features] -> [batch, units]`, or `[batch, time, units]` with `returnSequences`; with `returnState` the
/// final state too, `[batch, units]`. Called on several inputs, those after the first are the initial
/// states.
public struct CuDNNGRU: RecurrentLayer {
  public static let kind = "CuDNNGRU"
  public static let template = CuDNNGRU(units: 1)
  public static let requiredKeys = ["units"]

  /// Whether the output of every step comes out, not the last alone.
  public var returnSequences = false
  /// Whether the final state comes out too.
  public var returnState = false
  /// Whether the steps are taken last to first; the output sequence is then in that order.
  public var goBackwards = false
  /// Whether each batch goes on from the states in which the one before it ended (`Model.resetStates`).
  public var stateful = false
  public var timeMajor = false
  public var units: Int
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

  public init(
    units: Int, returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false
  ) {
    self.units = units
    (self.returnSequences, self.returnState, self.goBackwards) = (returnSequences, returnState, goBackwards)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildRecurrence(&scope, inputs: inputs, weightPath: "")
  }

  var cell: RecurrentCell { .gru(resetAfter: true) }
  var gateActivation: Activation { .sigmoid }
  var wholeBiasInitializer: Initializer { biasInitializer }
}

extension CuDNNGRU: CuDNNLayer {}
