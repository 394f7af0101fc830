public import TensorCore

/// The adjoint of a three-dimensional convolution: `[batch, depth, height, width, channels] -> [batch, newDepth, newHeight,
/// newWidth, filters]`. Keras: `Conv3DTranspose`.
public struct Conv3DTranspose: TransposedConvolutionLayer {
  public static let kind = "Conv3DTranspose"
  public static let template = Conv3DTranspose(filters: 1, kernelSize: 1)
  public static let requiredKeys = ["filters", "kernel_size"]

  public var filters: Int
  public var kernelSize: Sizes<3>
  public var strides: Sizes<3> = 1
  public var padding = Padding.valid
  /// How much longer the output is than the least that `padding` allows; below the strides. nil: Keras's own choice.
  public var outputPadding: Sizes<3>?
  public var dataFormat: DataFormat? = .channelsLast
  public var dilationRate: Sizes<3> = 1
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
    filters: Int, kernelSize: Sizes<3>, strides: Sizes<3> = 1, padding: Padding = .valid,
    outputPadding: Sizes<3>? = nil,
    dilationRate: Sizes<3> = 1, activation: Activation = .linear, useBias: Bool = true
  ) {
    (self.filters, self.kernelSize, self.strides) = (filters, kernelSize, strides)
    (self.padding, self.outputPadding, self.dilationRate) = (padding, outputPadding, dilationRate)
    (self.activation, self.useBias) = (activation, useBias)
  }

  var kernelNumbers: [Int] { kernelSize.array }
  var strideNumbers: [Int] { strides.array }
  var dilationNumbers: [Int] { dilationRate.array }
  var outputPaddingNumbers: [Int]? { outputPadding?.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildTransposedConvolution(&scope, inputs: inputs)
  }
}

extension Conv3DTranspose: DialectSpelling {
  /// Keras 2 writes a key of Conv that has no meaning here, and that Keras 3 refuses.
  static func read(_ config: inout JSONObject) { config["groups"] = nil }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    guard dialect == .keras2 else { return }
    config["groups"] = 1
    config["dilation_rate"] = nil
  }
}
