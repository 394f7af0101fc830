public import TensorCore

/// The mean of each window; padding does not count: `[batch, steps, channels] ->
/// [batch, newSteps, channels]`. Keras: `AveragePooling1D`.
public struct AveragePooling1D: PoolingLayer {
  public static let kind = "AveragePooling1D"
  public static let template = AveragePooling1D()

  public var poolSize: Sizes<1> = 2
  /// nil: the pool size.
  public var strides: Sizes<1>?
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast

  public init(poolSize: Sizes<1> = 2, strides: Sizes<1>? = nil, padding: Padding = .valid) {
    (self.poolSize, self.strides, self.padding) = (poolSize, strides, padding)
  }

  static let poolKind = Pool.Kind.average
  var windowNumbers: [Int] { poolSize.array }
  var strideNumbers: [Int] { (strides ?? poolSize).array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPooling(inputs: inputs)
  }
}
