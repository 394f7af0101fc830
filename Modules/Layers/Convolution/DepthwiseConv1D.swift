public import TensorCore

/// Convolution of each channel by itself: `[batch, steps, channels] -> [batch, newSteps, channels · depthMultiplier]`.
/// Keras: `DepthwiseConv1D`.
public struct DepthwiseConv1D: DepthwiseLayer {
  public static let kind = "DepthwiseConv1D"
  public static let template = DepthwiseConv1D(kernelSize: 1)
  public static let requiredKeys = ["kernel_size"]

  /// How many outputs each channel has.
  public var depthMultiplier = 1
  public var kernelSize: Sizes<1>
  public var strides: Sizes<1> = 1
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast
  public var dilationRate: Sizes<1> = 1
  public var activation = Activation.linear
  public var useBias = true
  public var depthwiseInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros
  public var depthwiseRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var depthwiseConstraint: Constraint?
  public var biasConstraint: Constraint?

  public init(
    kernelSize: Sizes<1>, strides: Sizes<1> = 1, padding: Padding = .valid, depthMultiplier: Int = 1,
    dilationRate: Sizes<1> = 1, activation: Activation = .linear, useBias: Bool = true
  ) {
    (self.kernelSize, self.strides, self.padding) = (kernelSize, strides, padding)
    (self.depthMultiplier, self.dilationRate) = (depthMultiplier, dilationRate)
    (self.activation, self.useBias) = (activation, useBias)
  }

  static let depthwiseName = "kernel"
  var kernelNumbers: [Int] { kernelSize.array }
  var strideNumbers: [Int] { strides.array }
  var dilationNumbers: [Int] { dilationRate.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let depthwise = try declareDepthwise(&scope, inputs: inputs)
    let bias =
      useBias
      ? scope.weight(
        "bias", [depthwise.outputChannels], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint)
      : nil
    let activation = try scope.activation(activation)
    return depthwise.forward(activation) { x, kernel, context in
      depthwise(x, kernel, bias.map { context[$0] }, activation.epilogue)
    }
  }
}

extension DepthwiseConv1D: DialectSpelling {
  static func read(_ config: inout JSONObject) { dropInheritedKeys(&config) }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    addInheritedKeys(&config, in: dialect, isSeparable: false)
  }
}
