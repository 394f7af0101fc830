public import TensorCore

/// The largest value over depth, height and width: `[batch, depth, height, width, channels] -> [batch, channels]`, or
/// `[batch, 1, 1, 1, channels]` with `keepdims`. Keras: `GlobalMaxPooling3D`.
public struct GlobalMaxPooling3D: GlobalPoolingLayer {
  public static let kind = "GlobalMaxPooling3D"
  public static let template = GlobalMaxPooling3D()

  public var dataFormat: DataFormat? = .channelsLast
  public var keepdims = false

  public init(keepdims: Bool = false) { self.keepdims = keepdims }

  static let spatialRank = 3

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let axes = try pooledAxes(inputs)
    let keepdims = keepdims
    return Forward { x, _ in x.max(axes: axes, keepDims: keepdims) }
  }
}
