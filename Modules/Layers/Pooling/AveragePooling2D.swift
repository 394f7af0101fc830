public import TensorCore

/// The mean of each window; padding does not count: `[batch, height, width, channels] ->
/// [batch, newHeight, newWidth, channels]`. Keras: `AveragePooling2D`.
public struct AveragePooling2D: PoolingLayer {
  public static let kind = "AveragePooling2D"
  public static let template = AveragePooling2D()

  public var poolSize: Pair = 2
  /// nil: the pool size.
  public var strides: Pair?
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast

  public init(poolSize: Pair = 2, strides: Pair? = nil, padding: Padding = .valid) {
    (self.poolSize, self.strides, self.padding) = (poolSize, strides, padding)
  }

  static let poolKind = Pool.Kind.average
  var windowNumbers: [Int] { poolSize.array }
  var strideNumbers: [Int] { (strides ?? poolSize).array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPooling(inputs: inputs)
  }
}
