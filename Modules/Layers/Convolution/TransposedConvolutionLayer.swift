internal import TensorCore

/// What the transposed convolutions over 1 to 3 axes have in common.
protocol TransposedConvolutionLayer: Layer {
  var filters: Int { get }
  var kernelNumbers: [Int] { get }
  var strideNumbers: [Int] { get }
  var dilationNumbers: [Int] { get }
  var outputPaddingNumbers: [Int]? { get }
  var padding: Padding { get }
  var dataFormat: DataFormat? { get }
  var activation: Activation { get }
  var useBias: Bool { get }
  var kernelInitializer: Initializer { get }
  var biasInitializer: Initializer { get }
  var kernelRegularizer: Regularizer? { get }
  var biasRegularizer: Regularizer? { get }
  var kernelConstraint: Constraint? { get }
  var biasConstraint: Constraint? { get }
}

extension TransposedConvolutionLayer {
  func buildTransposedConvolution(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let rank = kernelNumbers.count + 2
    let input = try expectOneInput(inputs, ranks: rank...rank)
    try checkTransposedConvolution()
    let format = dataFormat ?? .channelsLast
    let channels = format.toChannelsLast(input).shape.last
    let kernel = scope.weight(
      "kernel", Shape(kernelNumbers + [filters, channels]), kernelInitializer, regularizer: kernelRegularizer,
      constraint: kernelConstraint)
    let bias =
      useBias
      ? scope.weight("bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    let activation = try scope.activation(activation)
    let geometry = TransposedGeometry(
      extent: zip(kernelNumbers, dilationNumbers).map { ($0 - 1) * $1 + 1 }, strides: strideNumbers,
      padding: padding, outputPadding: outputPaddingNumbers)
    let (filters, dilation) = (filters, dilationNumbers)
    return Forward { x, context in
      let x = format.toChannelsLast(x)
      let size = geometry.outputSize(x.shape.array.dropFirst().dropLast())
      let operation = ConvBackwardInput(
        strides: geometry.strides, padding: geometry.rule, dilation: dilation,
        inputShape: Shape([x.shape[0]] + size + [filters]))
      var y = Tensor.apply(operation, x, context[kernel])
      if let bias { y = y + context[bias] }
      return activation(format.fromChannelsLast(y), &context)
    }
  }

  private func checkTransposedConvolution() throws(CoreError) {
    try expect(filters > 0, "filters", filters, "a number above 0")
    try expectWindow(kernelNumbers, "kernel_size")
    try expectWindow(strideNumbers, "strides")
    try expectWindow(dilationNumbers, "dilation_rate")
    try expectNotCausal(padding)
    guard let outputPaddingNumbers else { return }
    let fits = zip(outputPaddingNumbers, strideNumbers).allSatisfy { $0 >= 0 && $0 < $1 }
    try expect(
      fits, "output_padding", "\(outputPaddingNumbers)", "numbers from 0 to below the strides \(strideNumbers)")
  }
}

/// How long the output of a transposed convolution is, and with which padding it is the input of the convolution whose
/// adjoint it is. One number per spatial axis.
private struct TransposedGeometry: Sendable {
  let extent: [Int]
  let strides: [Int]
  let padding: Padding
  let outputPadding: [Int]?

  /// With an output padding both ends lose the same, half of the window; without one TensorFlow's sizes hold.
  private func cut(_ axis: Int) -> Int { padding == .same ? extent[axis] / 2 : 0 }

  func outputSize(_ inputSize: ArraySlice<Int>) -> [Int] {
    inputSize.enumerated().map { axis, size in
      if let outputPadding {
        return max(0, (size - 1) * strides[axis] + extent[axis] - 2 * cut(axis) + outputPadding[axis])
      }
      return padding == .same ? size * strides[axis] : (size - 1) * strides[axis] + max(extent[axis], strides[axis])
    }
  }

  var rule: ConvPadding {
    guard let outputPadding else { return padding.rule }
    // As TensorFlow shares it: what is odd comes off the end.
    let totals = extent.indices.map { max(0, 2 * cut($0) - outputPadding[$0]) }
    return .explicit(totals.map { $0 / 2 }, totals.map { $0 - $0 / 2 })
  }
}
