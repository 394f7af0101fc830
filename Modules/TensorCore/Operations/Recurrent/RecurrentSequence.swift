/// A recurrent layer over a whole sequence, as one operation: `LSTMSequence`, `GRUSequence`, `SimpleRNNSequence`.
///
/// Inputs as `RecurrentInputs` lists them; float32 or float64. Outputs: `[batch, time, units]` or, without
/// `returnsSequences`, `[batch, units]`; the states after the last step, `[batch, units]` each; with `keepsWorkspace` a
/// workspace, uint8, for `RecurrentGradient` (see `RecurrentWorkspace`). At a masked step states stay as they are and the
/// output is the one before (zeros at first, or always with `zeroOutputForMask`), as in Keras.
public protocol RecurrentSequence: Operation {
  var cell: RecurrentCell { get }
  var options: RecurrentOptions { get set }
}

extension RecurrentSequence {
  /// Where the inputs are.
  public var positions: RecurrentInputs { RecurrentInputs(options, stateCount: cell.stateCount) }

  public var outputCount: Int { 1 + cell.stateCount + (options.keepsWorkspace ? 1 : 0) }

  public var opaqueOutputs: Range<Int> {
    options.keepsWorkspace ? outputCount - 1..<outputCount : 0..<0
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    let positions = positions
    try expect(inputs, count: positions.count)
    let x = inputs[0]
    try expectFloating(x)
    try expectSameDType(inputs.dropLast(options.hasMask ? 1 : 0))
    guard x.rank == 3 else {
      throw CoreError(.shapeMismatch, "\(Self.name): found input \(x), expected [batch, time, features]")
    }
    try expectActivations()
    let (batch, steps, units) = (x.shape[0], x.shape[1], inputs[2].rank == 2 ? inputs[2].shape[0] : 0)
    let columns = cell.gateCount * units
    try expectShape(inputs[1], [x.shape[2], columns], "kernel")
    try expectShape(inputs[2], [units, columns], "recurrent kernel")
    if let bias = positions.bias { try expectShape(inputs[bias], cell.biasShape(units: units), "bias") }
    let state = TensorSpec([batch, units], x.dtype)
    for index in positions.initialStates ?? 0..<0 { try expectShape(inputs[index], state.shape, "initial state") }
    if let mask = positions.mask {
      try expect(inputs[mask], .bool)
      try expectShape(inputs[mask], [batch, steps], "mask")
    }
    var outputs = [options.returnsSequences ? TensorSpec([batch, steps, units], x.dtype) : state]
    outputs += Array(repeating: state, count: cell.stateCount)
    if options.keepsWorkspace { outputs.append(RecurrentWorkspace.spec(cell, x: x, units: units)) }
    return outputs
  }

  private func expectActivations() throws(CoreError) {
    for activation in [options.activation, options.recurrentActivation]
    where !RecurrentOptions.supports(activation) {
      throw CoreError(
        .invalidArgument,
        "\(Self.name): found activation \(activation), expected one whose slope follows from its value")
    }
  }
}
