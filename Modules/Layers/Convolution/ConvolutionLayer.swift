internal import TensorCore

/// What Conv1D, Conv2D and Conv3D have in common.
protocol ConvolutionLayer: Layer {
  var filters: Int { get }
  var kernelNumbers: [Int] { get }
  var strideNumbers: [Int] { get }
  var dilationNumbers: [Int] { get }
  var padding: Padding { get }
  var dataFormat: DataFormat? { get }
  var groups: Int { get }
  var activation: Activation { get }
  var useBias: Bool { get }
  var kernelInitializer: Initializer { get }
  var biasInitializer: Initializer { get }
  var kernelRegularizer: Regularizer? { get }
  var biasRegularizer: Regularizer? { get }
  var kernelConstraint: Constraint? { get }
  var biasConstraint: Constraint? { get }
}

extension ConvolutionLayer {
  func buildConvolution(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let rank = kernelNumbers.count + 2
    let input = try expectOneInput(inputs, ranks: rank...rank)
    try checkConvolution()
    let format = dataFormat ?? .channelsLast
    let channels = format.toChannelsLast(input).shape.last
    guard channels % groups == 0, filters % groups == 0 else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found \(channels) input channels and \(filters) filters, expected multiples of groups \(groups)")
    }
    let kernelShape = Shape(kernelNumbers + [channels / groups, filters])
    let kernel = scope.weight(
      "kernel", kernelShape, kernelInitializer, regularizer: kernelRegularizer, constraint: kernelConstraint)
    let bias =
      useBias
      ? scope.weight("bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    let activation = try scope.activation(activation)
    let (strides, dilation, groups) = (strideNumbers, dilationNumbers, groups)
    let padding =
      padding == .causal
      ? .explicit(zip(kernelNumbers, dilation).map { ($0 - 1) * $1 }, dilation.map { _ in 0 }) : padding.rule
    return Forward { x, context in
      let y = format.toChannelsLast(x).conv(
        context[kernel], bias.map { context[$0] }, strides: strides, padding: padding, dilation: dilation,
        groups: groups, activation: activation.epilogue)
      return activation.finish(format.fromChannelsLast(y), &context)
    }
  }

  private func checkConvolution() throws(CoreError) {
    try expect(filters > 0, "filters", filters, "a number above 0")
    try expectWindow(kernelNumbers, "kernel_size")
    try expectWindow(strideNumbers, "strides")
    try expectWindow(dilationNumbers, "dilation_rate")
    try expect(groups > 0, "groups", groups, "a number above 0")
    if kernelNumbers.count > 1 { try expectNotCausal(padding) }
  }
}
