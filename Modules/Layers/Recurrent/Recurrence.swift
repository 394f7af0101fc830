internal import TensorCore

/// A built recurrent layer's function of sequence, weights and initial states, in the order of `RecurrentInputs`.
struct Recurrence: Sendable {
  let cell: RecurrentCell
  let options: RecurrentOptions
  let activation: Activation.Rule
  let gateActivation: Activation.Rule
  let dropout: Double
  let recurrentDropout: Double
  /// How often dropouts are drawn: once, or for every gate.
  let factorCount: Int
  /// Whether a mask that comes with the sequence does not act; one given with the call does.
  let ignoresMask: Bool

  /// The output and the final states.
  func callAsFunction(_ arguments: [Tensor], _ context: inout CallContext) -> [Tensor] {
    var options = options
    let mask = context.sequenceMask(ignoresMask: ignoresMask)
    options.hasMask = mask != nil
    options.keepsWorkspace = context.isTraining
    let inputs = arguments + (mask.map { [$0] } ?? [])
    let isDropping = context.isTraining && (dropout > 0 || recurrentDropout > 0)
    guard !isDropping, let activation = fusable(activation), let gateActivation = fusable(gateActivation) else {
      return composed(options, inputs, &context)
    }
    (options.activation, options.recurrentActivation) = (activation, gateActivation)
    switch cell {
    case .simple: return Tensor.apply(SimpleRNNSequence(options), inputs)
    case .lstm: return Tensor.apply(LSTMSequence(options), inputs)
    case .gru(let resetAfter): return Tensor.apply(GRUSequence(options, resetAfter: resetAfter), inputs)
    }
  }

  private func fusable(_ rule: Activation.Rule) -> FusableActivation? {
    rule.fusable.flatMap { RecurrentOptions.supports($0) ? $0 : nil }
  }

  /// In elementary operations: for dropout, and for activations that the operations do not know.
  private func composed(_ options: RecurrentOptions, _ inputs: [Tensor], _ context: inout CallContext) -> [Tensor] {
    var composition = RecurrentComposition(
      cell, options, activation: activation.apply, recurrentActivation: gateActivation.apply)
    if context.isTraining {
      let (batch, dtype) = (inputs[0].shape[0], inputs[0].dtype)
      composition.inputFactors = factors(dropout, [batch, inputs[0].shape[2]], dtype, &context)
      composition.stateFactors = factors(recurrentDropout, [batch, inputs[2].shape[0]], dtype, &context)
    }
    return composition(inputs)
  }

  /// The same for all steps: 0 for a share `rate`, 1/(1 − rate) for the others.
  private func factors(_ rate: Double, _ shape: Shape, _ dtype: DType, _ context: inout CallContext) -> [Tensor] {
    guard rate > 0 else { return [] }
    return (0..<factorCount).map { _ in
      guard rate < 1 else { return Tensor.zeros(shape, dtype: dtype) }
      let isKept = Tensor.randomUniform(shape, key: context.random.split()).greaterOrEqual(rate)
      return isKept.cast(to: dtype) * (1 / (1 - rate))
    }
  }
}
