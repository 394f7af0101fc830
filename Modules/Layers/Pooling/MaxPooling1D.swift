public import TensorCore

/// The largest value of each window: `[batch, steps, channels] ->
/// [batch, newSteps, channels]`. Keras: `MaxPooling1D`.
public struct MaxPooling1D: PoolingLayer {
  public static let kind = "MaxPooling1D"
  public static let template = MaxPooling1D()

  public var poolSize: Sizes<1> = 2
  /// nil: the pool size.
  public var strides: Sizes<1>?
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast

  public init(poolSize: Sizes<1> = 2, strides: Sizes<1>? = nil, padding: Padding = .valid) {
    (self.poolSize, self.strides, self.padding) = (poolSize, strides, padding)
  }

  static let poolKind = Pool.Kind.max
  var windowNumbers: [Int] { poolSize.array }
  var strideNumbers: [Int] { (strides ?? poolSize).array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPooling(inputs: inputs)
  }
}
