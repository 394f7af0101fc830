public import TensorCore

/// One-dimensional convolution (cross-correlation): `[batch, steps, channels] -> [batch, newSteps, filters]`. Waibel et
/// al. 1989. Keras: `Conv1D`.
public struct Conv1D: ConvolutionLayer {
  public static let kind = "Conv1D"
  public static let template = Conv1D(filters: 1, kernelSize: 1)
  public static let requiredKeys = ["filters", "kernel_size"]

  public var filters: Int
  public var kernelSize: Sizes<1>
  public var strides: Sizes<1> = 1
  /// `.causal` is for this layer alone.
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast
  public var dilationRate: Sizes<1> = 1
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
    filters: Int, kernelSize: Sizes<1>, strides: Sizes<1> = 1, padding: Padding = .valid, dilationRate: Sizes<1> = 1,
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
