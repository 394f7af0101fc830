public import TensorCore

/// A convolution with a kernel of its own for every place: `[batch, height, width, channels] -> [batch, newHeight, newWidth, filters]`.
/// LeCun 1989. Keras 2: `LocallyConnected2D`; Keras 3 does not know it.
public struct LocallyConnected2D: LocallyConnectedLayer {
  public static let kind = "LocallyConnected2D"
  public static let template = LocallyConnected2D(filters: 1, kernelSize: 1)
  public static let requiredKeys = ["filters", "kernel_size"]

  public var filters: Int
  public var kernelSize: Pair
  public var strides: Pair = 1
  /// `.same` with implementation 2 and 3 alone.
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast
  public var activation = Activation.linear
  public var useBias = true
  public var kernelInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros
  public var kernelRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var biasConstraint: Constraint?
  /// In which form the kernel is kept: 1 by output place, `[places, window * channels, filters]`, 2 as a matrix from all
  /// inputs to all outputs of which only some elements count, 3 as a list of these.
  public var implementation = 1

  public init(
    filters: Int, kernelSize: Pair, strides: Pair = 1, padding: Padding = .valid, activation: Activation = .linear,
    useBias: Bool = true, implementation: Int = 1
  ) {
    (self.filters, self.kernelSize, self.strides) = (filters, kernelSize, strides)
    (self.padding, self.activation, self.useBias) = (padding, activation, useBias)
    self.implementation = implementation
  }

  var kernelNumbers: [Int] { kernelSize.array }
  var strideNumbers: [Int] { strides.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildLocallyConnected(&scope, inputs: inputs)
  }
}
