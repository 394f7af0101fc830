public import TensorCore

/// Two-dimensional convolution (cross-correlation): `[batch, height, width, channels] -> [batch, newHeight, newWidth,
/// filters]`. LeCun et al. 1989. Keras: `Conv2D`.
public struct Conv2D: ConvolutionLayer {
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
  public var kernelRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var biasConstraint: Constraint?

  public init(
    filters: Int, kernelSize: Pair, strides: Pair = 1, padding: Padding = .valid, dilationRate: Pair = 1,
    groups: Int = 1, activation: Activation = .linear, useBias: Bool = true
  ) {
    (self.filters, self.kernelSize, self.strides) = (filters, kernelSize, strides)
    (self.padding, self.dilationRate, self.groups) = (padding, dilationRate, groups)
    (self.activation, self.useBias) = (activation, useBias)
  }

  var kernelNumbers: [Int] { kernelSize.array }
  var strideNumbers: [Int] { strides.array }
  var dilationNumbers: [Int] { dilationRate.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildConvolution(&scope, inputs: inputs)
  }
}
