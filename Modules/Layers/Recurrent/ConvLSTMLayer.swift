internal import TensorCore

/// What ConvLSTM1D, ConvLSTM2D and ConvLSTM3D have in common.
protocol ConvLSTMLayer: SequenceLayer, DialectSpelling {
  var filters: Int { get }
  var kernelNumbers: [Int] { get }
  var strideNumbers: [Int] { get }
  var dilationNumbers: [Int] { get }
  var padding: Padding { get }
  var dataFormat: DataFormat? { get }
  var timeMajor: Bool { get }
  var activation: Activation { get }
  var recurrentActivation: Activation { get }
  var useBias: Bool { get }
  var kernelInitializer: Initializer { get }
  var recurrentInitializer: Initializer { get }
  var biasInitializer: Initializer { get }
  var unitForgetBias: Bool { get }
  var kernelRegularizer: Regularizer? { get }
  var recurrentRegularizer: Regularizer? { get }
  var biasRegularizer: Regularizer? { get }
  var kernelConstraint: Constraint? { get }
  var recurrentConstraint: Constraint? { get }
  var biasConstraint: Constraint? { get }
  var dropout: Double { get }
  var recurrentDropout: Double { get }
}

extension ConvLSTMLayer {
  public var maskRule: MaskRule { .own }

  func buildConvLSTM(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try checkConvLSTM(inputs)
    let format = dataFormat ?? .channelsLast
    let step = format.toChannelsLast(
      TensorSpec(Shape([inputs[0].shape[0]] + inputs[0].shape.array.dropFirst(2)), inputs[0].dtype))
    let kernel = scope.weight(
      "conv_lstm_cell/kernel", Shape(kernelNumbers + [step.shape.last, 4 * filters]), kernelInitializer,
      regularizer: kernelRegularizer, constraint: kernelConstraint)
    let recurrent = scope.weight(
      "conv_lstm_cell/recurrent_kernel", Shape(kernelNumbers + [filters, 4 * filters]), recurrentInitializer,
      regularizer: recurrentRegularizer, constraint: recurrentConstraint)
    let initializer = unitForgetBias ? .unitForgetBias(biasInitializer) : biasInitializer
    let bias =
      useBias
      ? scope.weight(
        "conv_lstm_cell/bias", [4 * filters], initializer, regularizer: biasRegularizer, constraint: biasConstraint)
      : nil
    let cell = ConvLSTMStep(
      filters: filters, strides: strideNumbers, padding: padding.rule, dilation: dilationNumbers, format: format,
      activation: try activation.rule(in: scope.host), gateActivation: try recurrentActivation.rule(in: scope.host),
      dropout: dropout, recurrentDropout: recurrentDropout)
    let state = stateShape(step.shape, format)
    try checkStates(inputs.dropFirst(), state)
    let kept = try keptStates(&scope, [state, state])
    let loop = StepLoop(
      goBackwards: goBackwards, returnSequences: returnSequences,
      // Keras 2 takes no notice of it.
      zeroOutputForMask: zeroOutputForMask && scope.kerasMajorVersion >= 3)
    let (returnSequences, returnState, ignoresMask) = (returnSequences, returnState, ignoresMask(scope, inputs))
    return Forward(many: { inputs, context in
      let (mask, acting) = (context.mask(), context.sequenceMask(ignoresMask: ignoresMask))
      let weights = ConvLSTMStep.Weights(
        kernel: context[kernel], recurrent: context[recurrent], bias: bias.map { context[$0] })
      let start = inputs.count > 1 ? Array(inputs.dropFirst()) : kept.map { context[$0] }
      let outputs = cell.run(loop, inputs[0], start, weights, acting, &context)
      context.keep(outputs.dropFirst(), as: kept)
      context.masks = [returnSequences ? mask : nil]
      return Array(outputs.prefix(returnState ? 3 : 1))
    })
  }

  /// Of one sample, in the data format, given a step with the channels last.
  private func stateShape(_ step: Shape, _ format: DataFormat) -> [Int] {
    let sizes = kernelNumbers.indices.map { axis in
      let (size, stride) = (step[axis + 1], strideNumbers[axis])
      let window = padding == .same ? 1 : (kernelNumbers[axis] - 1) * dilationNumbers[axis] + 1
      return max(0, (size - window + stride) / stride)
    }
    return format == .channelsLast ? sizes + [filters] : [filters] + sizes
  }

  private func checkStates(_ given: some Sequence<TensorSpec>, _ shape: [Int]) throws(CoreError) {
    for state in given where state.shape.array.dropFirst() != shape[...] {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found an initial state \(Shape.batchDescription(state.shape)), expected "
          + Shape.batchDescription(Shape([state.shape[0]] + shape)))
    }
  }

  private func checkConvLSTM(_ inputs: [TensorSpec]) throws(CoreError) {
    guard inputs.count == 1 || inputs.count == 3 else {
      throw CoreError(
        .shapeMismatch, "\(Self.kind): found \(inputs.count) inputs, expected a sequence, or a sequence and 2 states")
    }
    let rank = kernelNumbers.count + 3
    _ = try expectOneInput([inputs[0]], ranks: rank...rank)
    try expect(filters > 0, "filters", filters, "a number above 0")
    try expectWindow(kernelNumbers, "kernel_size")
    try expectWindow(strideNumbers, "strides")
    try expectWindow(dilationNumbers, "dilation_rate")
    try expectNotCausal(padding)
    try expect(
      strideNumbers.allSatisfy { $0 == 1 } || dilationNumbers.allSatisfy { $0 == 1 }, "strides", strideNumbers,
      "1 with a dilation_rate above 1")
    try expect((0...1).contains(dropout), "dropout", dropout, "a number from 0 to 1")
    try expect((0...1).contains(recurrentDropout), "recurrent_dropout", recurrentDropout, "a number from 0 to 1")
    try expect(!timeMajor, "time_major", timeMajor, "false: the batch comes first")
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    switch dialect {
    case .keras3: config["time_major"] = nil
    case .keras2:
      config["seed"] = nil
      if config["zero_output_for_mask"]?.boolValue != true { config["zero_output_for_mask"] = nil }
    }
  }
}

/// An LSTM whose products are convolutions. Shi et al. 2015. Works on channels-last values.
struct ConvLSTMStep: Sendable {
  let filters: Int
  let strides: [Int]
  let padding: ConvPadding
  let dilation: [Int]
  let format: DataFormat
  let activation: Activation.Rule
  let gateActivation: Activation.Rule
  let dropout: Double
  let recurrentDropout: Double

  struct Weights {
    let kernel: Tensor
    let recurrent: Tensor
    let bias: Tensor?
  }

  /// The output and the final states, in the layer's data format, from initial states in it; without them from zeros.
  func run(
    _ loop: StepLoop, _ x: Tensor, _ states: [Tensor], _ weights: Weights, _ mask: Tensor?,
    _ context: inout CallContext
  ) -> [Tensor] {
    let (batch, steps) = (x.shape[0], x.shape[1])
    let projected = project(x, weights, &context)
    let empty = Tensor.zeros(Shape([batch] + projected.shape.array.dropFirst(2).dropLast() + [filters]), dtype: x.dtype)
    let states = states.isEmpty ? [empty, empty] : states.map(format.toChannelsLast)
    let factors = factors(recurrentDropout, states[0].shape, x.dtype, &context)
    let outputs = loop.run(steps: steps, states: states, mask: mask, empty: empty) { place, states in
      let inner = convolved(states[0], weights.recurrent, nil, factors) { $0.conv($1, $2, padding: .same) }
      return step(projected.sliced(axis: 1, place..<place + 1).squeezed(axis: 1) + inner, states[1])
    }
    return outputs.enumerated().map { index, output in
      index == 0 && loop.returnSequences ? byStep(output, format.fromChannelsLast) : format.fromChannelsLast(output)
    }
  }

  /// What the inputs add to the gates at every step, `[batch, time, ..., 4 * filters]`.
  private func project(_ x: Tensor, _ weights: Weights, _ context: inout CallContext) -> Tensor {
    let x = byStep(x, format.toChannelsLast)
    var shape = x.shape
    shape[1] = 1
    return convolved(x, weights.kernel, weights.bias, factors(dropout, shape, x.dtype, &context)) { x, kernel, bias in
      byStep(x) { $0.conv(kernel, bias, strides: strides, padding: padding, dilation: dilation) }
    }
  }

  /// A convolution to all gates; with dropouts, each gate sees its own.
  private func convolved(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, _ factors: [Tensor],
    _ convolution: (Tensor, Tensor, Tensor?) -> Tensor
  ) -> Tensor {
    guard !factors.isEmpty else { return convolution(x, kernel, bias) }
    let kernels = kernel.split(count: 4, axis: kernel.rank - 1)
    let biases = bias?.split(count: 4, axis: 0)
    let gates = (0..<4).map { convolution(x * factors[$0], kernels[$0], biases?[$0]) }
    return Tensor.concatenate(gates, axis: x.rank - 1)
  }

  /// The output, then the states.
  private func step(_ gates: Tensor, _ carry: Tensor) -> [Tensor] {
    let gates = gates.split(count: 4, axis: gates.rank - 1)
    let (input, forget) = (gateActivation.apply(gates[0]), gateActivation.apply(gates[1]))
    let c = forget * carry + input * activation.apply(gates[2])
    let h = gateActivation.apply(gates[3]) * activation.apply(c)
    return [h, h, c]
  }

  /// A function of `[batch, ...]` on all steps of `[batch, time, ...]` at once.
  private func byStep(_ x: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
    let y = body(x.reshaped(Shape([x.shape[0] * x.shape[1]] + x.shape.array.dropFirst(2))))
    return y.reshaped(Shape([x.shape[0], x.shape[1]] + y.shape.array.dropFirst()))
  }

  /// Of each gate, the same for all steps. As in Keras, a rate of 1 drops nothing.
  private func factors(_ rate: Double, _ shape: Shape, _ dtype: DType, _ context: inout CallContext) -> [Tensor] {
    guard context.isTraining, rate > 0, rate < 1 else { return [] }
    return (0..<4).map { _ in
      let isKept = Tensor.randomUniform(shape, key: context.random.split()).greaterOrEqual(rate)
      return isKept.cast(to: dtype) * (1 / (1 - rate))
    }
  }
}
