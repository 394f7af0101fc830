public import TensorCore

/// A convolution of each channel by itself, then one over channels alone: `[batch, steps, channels] -> [batch, newSteps,
/// filters]`. Keras: `SeparableConv1D`.
public struct SeparableConv1D: DepthwiseLayer {
  public static let kind = "SeparableConv1D"
  public static let template = SeparableConv1D(filters: 1, kernelSize: 1)
  public static let requiredKeys = ["filters", "kernel_size"]

  /// How many values each channel gives to the pointwise part.
  public var depthMultiplier = 1
  public var filters: Int
  public var kernelSize: Sizes<1>
  public var strides: Sizes<1> = 1
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast
  public var dilationRate: Sizes<1> = 1
  public var activation = Activation.linear
  public var useBias = true
  public var depthwiseInitializer = Initializer.glorotUniform
  public var pointwiseInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros
  public var depthwiseRegularizer: Regularizer?
  public var pointwiseRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var depthwiseConstraint: Constraint?
  public var pointwiseConstraint: Constraint?
  public var biasConstraint: Constraint?

  public init(
    filters: Int, kernelSize: Sizes<1>, strides: Sizes<1> = 1, padding: Padding = .valid, depthMultiplier: Int = 1,
    dilationRate: Sizes<1> = 1, activation: Activation = .linear, useBias: Bool = true
  ) {
    (self.filters, self.kernelSize, self.strides, self.padding) = (filters, kernelSize, strides, padding)
    (self.depthMultiplier, self.dilationRate) = (depthMultiplier, dilationRate)
    (self.activation, self.useBias) = (activation, useBias)
  }

  static let depthwiseName = "depthwise_kernel"
  var kernelNumbers: [Int] { kernelSize.array }
  var strideNumbers: [Int] { strides.array }
  var dilationNumbers: [Int] { dilationRate.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try expect(filters > 0, "filters", filters, "a number above 0")
    let depthwise = try declareDepthwise(&scope, inputs: inputs)
    let pointwiseShape = Shape(kernelNumbers.map { _ in 1 } + [depthwise.outputChannels, filters])
    let pointwise = scope.weight(
      "pointwise_kernel", pointwiseShape, pointwiseInitializer, regularizer: pointwiseRegularizer,
      constraint: pointwiseConstraint)
    let bias =
      useBias
      ? scope.weight("bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    let activation = try scope.activation(activation)
    return depthwise.forward(activation) { x, kernel, context in
      depthwise(x, kernel, nil, .linear).conv(
        context[pointwise], bias.map { context[$0] }, activation: activation.epilogue)
    }
  }
}

extension SeparableConv1D: DialectSpelling {
  static func read(_ config: inout JSONObject) { dropInheritedKeys(&config) }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    addInheritedKeys(&config, in: dialect, isSeparable: true)
  }
}
