internal import TensorCore

extension OperationCorpus {
  static let recurrent = plainRecurrences + maskedRecurrences + recurrentGradients + wideRecurrences

  private static let variants: [(String, RecurrentOptions)] = {
    var sequences = RecurrentOptions()
    (sequences.returnsSequences, sequences.hasInitialState) = (true, true)
    var backwards = RecurrentOptions()
    (backwards.goBackwards, backwards.hasBias, backwards.keepsWorkspace) = (true, false, true)
    var other = sequences
    (other.activation, other.recurrentActivation) = (.softplus, .hardSigmoid)
    (other.goBackwards, other.keepsWorkspace) = (true, true)
    return [("last output", RecurrentOptions()), ("sequences", sequences), ("backwards", backwards), ("others", other)]
  }()

  private static let plainRecurrences = variants.flatMap { name, options in
    operations(options).map { OperationCase("\($0.title), \(name)", $0.operation, inputs($0.operation)) }
  }

  /// Rows with gaps, with nothing at first, with nothing at last, and with nothing at all.
  private static let mask = Tensor(
    [true, false, true, true, false, false, true, true, true, true, false, false, false, false, false, false], [4, 4])

  private static let maskedRecurrences = [(false, false), (true, false), (true, true)].flatMap { sequences, zeros in
    var options = RecurrentOptions()
    (options.hasMask, options.hasInitialState, options.goBackwards) = (true, true, zeros)
    (options.returnsSequences, options.zeroOutputForMask) = (sequences, zeros)
    return operations(options).map {
      OperationCase("masked \($0.title), \(sequences), \(zeros)", $0.operation, inputs($0.operation))
    }
  }

  /// With a workspace of zeros, which nobody wrote: then the gradient follows from the other inputs alone.
  private static let recurrentGradients: [OperationCase] = {
    var options = RecurrentOptions()
    (options.returnsSequences, options.hasInitialState) = (true, true)
    return gradients(options)
  }()

  /// Rows and units for several tiles of a kernel, with remainders.
  private static let wideRecurrences: [OperationCase] = [false, true].flatMap { backwards in
    var options = RecurrentOptions()
    (options.returnsSequences, options.hasInitialState, options.goBackwards) = (!backwards, true, backwards)
    let sizes = RecurrentSizes(batch: 15, steps: 3, features: 6, units: 37)
    let forward = operations(options).map {
      OperationCase("wide \($0.title), \(backwards)", $0.operation, inputs($0.operation, sizes), derivatives: 0)
    }
    return forward + gradients(options, sizes, "wide \(backwards) ")
  }

  private static func gradients(
    _ options: RecurrentOptions, _ sizes: RecurrentSizes = RecurrentSizes(), _ prefix: String = ""
  ) -> [OperationCase] {
    let gradients: [(String, any Operation, any RecurrentSequence)] = operations(options).map { entry in
      func gradient(_ forward: some RecurrentSequence) -> any Operation {
        RecurrentGradient(forward, hasStateGradients: true, wantsStates: true)
      }
      return (entry.title, gradient(entry.operation), entry.operation)
    }
    return gradients.map { title, gradient, forward in
      var forward = forward
      forward.options.keepsWorkspace = true
      let arguments = inputs(forward, sizes)
      var outputs = Tensor.applyAny(forward, arguments)
      outputs[outputs.count - 1] = Tensor.zeros(like: outputs[outputs.count - 1])
      let cotangents = outputs.dropLast().enumerated().map { Sample.any($1.shape, UInt64(20 + $0)) }
      return OperationCase(
        "\(prefix)gradient of \(title)", gradient, arguments + outputs + cotangents, derivatives: 0,
        tolerance: .float32)
    }
  }

  private static func operations(
    _ options: RecurrentOptions
  ) -> [(title: String, operation: any RecurrentSequence)] {
    [
      ("simple recurrence", SimpleRNNSequence(options)), ("LSTM", LSTMSequence(options)),
      ("GRU", GRUSequence(options, resetAfter: false)), ("GRU with reset after", GRUSequence(options)),
    ]
  }

  private static func inputs(
    _ operation: any RecurrentSequence, _ sizes: RecurrentSizes = RecurrentSizes()
  ) -> [Tensor] {
    let (batch, steps, features, units) = (sizes.batch, sizes.steps, sizes.features, sizes.units)
    let (cell, positions) = (operation.cell, operation.positions)
    var inputs = [Sample.any([batch, steps, features], 1)]
    inputs.append(Sample.uniform([features, cell.gateCount * units], -0.8, 0.8, 2))
    inputs.append(Sample.uniform([units, cell.gateCount * units], -0.8, 0.8, 3))
    if positions.bias != nil { inputs.append(Sample.any(cell.biasShape(units: units), 4)) }
    for index in positions.initialStates ?? 0..<0 { inputs.append(Sample.any([batch, units], UInt64(index) + 5)) }
    if positions.mask != nil { inputs.append(mask) }
    return inputs
  }
}

/// How large the arguments of a recurrence are.
private struct RecurrentSizes {
  var batch = 4
  var steps = 4
  var features = 3
  var units = 5
}
