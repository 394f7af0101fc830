internal import TensorCore

/// What Keras's recurrent layers have in common.
///
/// Inputs: the sequence `[batch, time, features]`, then nothing or the initial states, `[batch, units]` each. Outputs:
/// `[batch, units]`, or `[batch, time, units]` with `returnSequences`; with `returnState` the final states too. A masked
/// step leaves the states as they are.
protocol RecurrentLayer: SequenceLayer, DialectSpelling {
  static var cellName: String { get }
  var cell: RecurrentCell { get }

  var timeMajor: Bool { get }
  var units: Int { get }
  var activation: Activation { get }
  /// Of the gates; anything where there are none.
  var gateActivation: Activation { get }
  var useBias: Bool { get }
  var kernelInitializer: Initializer { get }
  var recurrentInitializer: Initializer { get }
  /// Of the whole bias.
  var wholeBiasInitializer: Initializer { get }
  var kernelRegularizer: Regularizer? { get }
  var recurrentRegularizer: Regularizer? { get }
  var biasRegularizer: Regularizer? { get }
  var kernelConstraint: Constraint? { get }
  var recurrentConstraint: Constraint? { get }
  var biasConstraint: Constraint? { get }
  var dropout: Double { get }
  var recurrentDropout: Double { get }
  /// Keras 2's way to drop inputs: 1 draws for every gate anew.
  var implementation: Int { get }
}

extension RecurrentLayer {
  /// - Parameters:
  ///   - scope: where the weights are declared.
  ///   - inputs: the sequence and perhaps the states.
  ///   - weightPath: what stands before the weights' names.
  func buildRecurrence(
    _ scope: inout BuildScope, inputs: [TensorSpec], weightPath: String = Self.cellName + "/"
  ) throws(CoreError) -> Forward {
    try checkInputs(inputs)
    let columns = cell.gateCount * units
    let kernel = scope.weight(
      weightPath + "kernel", [inputs[0].shape[2], columns], kernelInitializer, regularizer: kernelRegularizer,
      constraint: kernelConstraint)
    let recurrent = scope.weight(
      weightPath + "recurrent_kernel", [units, columns], recurrentInitializer, regularizer: recurrentRegularizer,
      constraint: recurrentConstraint)
    let bias =
      useBias
      ? scope.weight(
        weightPath + "bias", declaredBiasShape, wholeBiasInitializer, regularizer: biasRegularizer,
        constraint: biasConstraint) : nil
    let kept = try keptStates(&scope, Array(repeating: [units], count: cell.stateCount))
    let recurrence = try recurrence(scope, inputs)
    let (layer, returnsSequences, returnsState, stateCount) = (self, returnSequences, returnState, cell.stateCount)
    return Forward(many: { inputs, context in
      let weights = layer.plainWeights([context[kernel], context[recurrent]] + (bias.map { [context[$0]] } ?? []))
      let states = inputs.count > 1 ? Array(inputs.dropFirst()) : kept.map { context[$0] }
      let outputs = recurrence([inputs[0]] + weights + states, &context)
      context.keep(outputs.dropFirst().prefix(stateCount), as: kept)
      let mask = returnsSequences ? context.mask() : nil
      context.masks = [mask]
      return Array(outputs.prefix(returnsState ? 1 + stateCount : 1))
    })
  }

  private func checkInputs(_ inputs: [TensorSpec]) throws(CoreError) {
    guard inputs.count == 1 || inputs.count == 1 + cell.stateCount else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found \(inputs.count) inputs, expected a sequence, or a sequence and \(cell.stateCount) states")
    }
    _ = try expectOneInput([inputs[0]], ranks: 3...3)
    try expect(units > 0, "units", units, "a number above 0")
    try expect((0...1).contains(dropout), "dropout", dropout, "a number from 0 to 1")
    try expect((0...1).contains(recurrentDropout), "recurrent_dropout", recurrentDropout, "a number from 0 to 1")
    try expect(!timeMajor, "time_major", timeMajor, "false: the batch comes first")
    for state in inputs.dropFirst() where state.shape.array.dropFirst() != [units] {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found an initial state \(Shape.batchDescription(state.shape)), expected (None, \(units))")
    }
  }

  private func recurrence(_ scope: BuildScope, _ inputs: [TensorSpec]) throws(CoreError) -> Recurrence {
    var options = RecurrentOptions()
    (options.hasBias, options.hasInitialState) = (useBias, inputs.count > 1 || stateful)
    (options.goBackwards, options.returnsSequences) = (goBackwards, returnSequences)
    options.zeroOutputForMask = zeroOutputForMask
    // Where states are dropped too, or Keras 2 was told so, each gate drops its own.
    let dropsPerGate = recurrentDropout > 0 || (implementation == 1 && cell != .simple)
    return Recurrence(
      cell: cell, options: options, activation: try activation.rule(in: scope.host),
      gateActivation: try gateActivation.rule(in: scope.host), dropout: dropout, recurrentDropout: recurrentDropout,
      factorCount: dropsPerGate ? cell.gateCount : 1, ignoresMask: ignoresMask(scope, inputs))
  }

  // MARK: Dialects

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if config["reset_after"]?.isNull == true { config["reset_after"] = false }
    switch dialect {
    case .keras3: for key in ["time_major", "implementation"] { config[key] = nil }
    case .keras2:
      config["seed"] = nil
      if kind == SimpleRNN.kind { config["implementation"] = nil }
      if config["zero_output_for_mask"]?.boolValue != true { config["zero_output_for_mask"] = nil }
    }
  }
}
