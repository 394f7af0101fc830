public import TensorCore

/// The largest value of each window: `[batch, height, width, channels] ->
/// [batch, newHeight, newWidth, channels]`. Keras: `MaxPooling2D`.
public struct MaxPooling2D: PoolingLayer {
  public static let kind = "MaxPooling2D"
  public static let template = MaxPooling2D()

  public var poolSize: Pair = 2
  /// nil: the pool size.
  public var strides: Pair?
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast

  public init(poolSize: Pair = 2, strides: Pair? = nil, padding: Padding = .valid) {
    (self.poolSize, self.strides, self.padding) = (poolSize, strides, padding)
  }

  static let poolKind = Pool.Kind.max
  var windowNumbers: [Int] { poolSize.array }
  var strideNumbers: [Int] { (strides ?? poolSize).array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPooling(inputs: inputs)
  }
}
