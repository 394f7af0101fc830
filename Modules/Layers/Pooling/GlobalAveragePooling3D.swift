public import TensorCore

/// The mean over depth, height and width: `[batch, depth, height, width, channels] -> [batch, channels]`, or
/// `[batch, 1, 1, 1, channels]` with `keepdims`. Keras: `GlobalAveragePooling3D`.
public struct GlobalAveragePooling3D: GlobalPoolingLayer {
  public static let kind = "GlobalAveragePooling3D"
  public static let template = GlobalAveragePooling3D()

  public var dataFormat: DataFormat? = .channelsLast
  public var keepdims = false

  public init(keepdims: Bool = false) { self.keepdims = keepdims }

  static let spatialRank = 3

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let axes = try pooledAxes(inputs)
    let keepdims = keepdims
    return Forward { x, _ in x.mean(axes: axes, keepDims: keepdims) }
  }
}
