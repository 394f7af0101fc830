public import TensorCore

/// Two-dimensional convolution (cross-correlation): `[batch, height, width, channels] -> [batch, newHeight, newWidth,
/// filters]`. LeCun et al. 1989. Keras: `Conv2D`.
public struct Conv2D: Layer {
  public static let kind = "Conv2D"
  public static let template = Conv2D(filters: 1, kernelSize: 1)
  public static let requiredKeys = ["filters", "kernel_size"]

  public var filters: Int
  public var kernelSize: Pair
  public var strides: Pair = 1
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast
  public var dilationRate: Pair = 1
  /// Input and output channels are split into this many blocks, each seeing its own.
  public var groups = 1
  public var activation = Activation.linear
  public var useBias = true
  public var kernelInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros

  public init(
    filters: Int, kernelSize: Pair, strides: Pair = 1, padding: Padding = .valid, dilationRate: Pair = 1,
    groups: Int = 1, activation: Activation = .linear, useBias: Bool = true
  ) {
    (self.filters, self.kernelSize, self.strides) = (filters, kernelSize, strides)
    (self.padding, self.dilationRate, self.groups) = (padding, dilationRate, groups)
    (self.activation, self.useBias) = (activation, useBias)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 4...4)
    try check()
    let format = dataFormat ?? .channelsLast
    let channels = format.toChannelsLast(input).shape.last
    guard channels % groups == 0, filters % groups == 0 else {
      throw CoreError(
        .shapeMismatch,
        "Conv2D: found \(channels) input channels and \(filters) filters, expected multiples of groups \(groups)")
    }
    let kernelShape = Shape(kernelSize.array + [channels / groups, filters])
    let kernel = scope.weight("kernel", kernelShape, kernelInitializer)
    let bias = useBias ? scope.weight("bias", [filters], biasInitializer) : nil
    let activation = try scope.activation(activation)
    let (strides, padding, dilation, groups) = (strides.array, padding.rule, dilationRate.array, groups)
    return Forward { x, context in
      let y = format.toChannelsLast(x).conv(
        context[kernel], bias.map { context[$0] }, strides: strides, padding: padding, dilation: dilation,
        groups: groups, activation: activation.epilogue)
      return format.fromChannelsLast(activation.finish(y, &context))
    }
  }

  private func check() throws(CoreError) {
    try expect(filters > 0, "filters", filters, "a number above 0")
    try expectWindow(kernelSize, "kernel_size")
    try expectWindow(strides, "strides")
    try expectWindow(dilationRate, "dilation_rate")
    try expect(groups > 0, "groups", groups, "a number above 0")
  }
}
