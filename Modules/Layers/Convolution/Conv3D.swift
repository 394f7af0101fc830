public import TensorCore

/// Three-dimensional convolution (cross-correlation): `[batch, depth, height, width, channels] -> [batch, newDepth,
/// newHeight, newWidth, filters]`. Keras: `Conv3D`.
public struct Conv3D: ConvolutionLayer {
  public static let kind = "Conv3D"
  public static let template = Conv3D(filters: 1, kernelSize: 1)
  public static let requiredKeys = ["filters", "kernel_size"]

  public var filters: Int
  public var kernelSize: Sizes<3>
  public var strides: Sizes<3> = 1
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast
  public var dilationRate: Sizes<3> = 1
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
    filters: Int, kernelSize: Sizes<3>, strides: Sizes<3> = 1, padding: Padding = .valid, dilationRate: Sizes<3> = 1,
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
