public import TensorCore

/// The mean of each window; padding does not count: `[batch, depth, height, width, channels] ->
/// [batch, newDepth, newHeight, newWidth, channels]`. Keras: `AveragePooling3D`.
public struct AveragePooling3D: PoolingLayer {
  public static let kind = "AveragePooling3D"
  public static let template = AveragePooling3D()

  public var poolSize: Sizes<3> = 2
  /// nil: the pool size.
  public var strides: Sizes<3>?
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast

  public init(poolSize: Sizes<3> = 2, strides: Sizes<3>? = nil, padding: Padding = .valid) {
    (self.poolSize, self.strides, self.padding) = (poolSize, strides, padding)
  }

  static let poolKind = Pool.Kind.average
  var windowNumbers: [Int] { poolSize.array }
  var strideNumbers: [Int] { (strides ?? poolSize).array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPooling(inputs: inputs)
  }
}
