public import TensorCore

/// The largest value over height and width: `[batch, height, width, channels] -> [batch, channels]`, or
/// `[batch, 1, 1, channels]` with `keepdims`. Keras: `GlobalMaxPooling2D`.
public struct GlobalMaxPooling2D: GlobalPoolingLayer {
  public static let kind = "GlobalMaxPooling2D"
  public static let template = GlobalMaxPooling2D()

  public var dataFormat: DataFormat? = .channelsLast
  public var keepdims = false

  public init(keepdims: Bool = false) { self.keepdims = keepdims }

  static let spatialRank = 2

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let axes = try pooledAxes(inputs)
    let keepdims = keepdims
    return Forward { x, _ in x.max(axes: axes, keepDims: keepdims) }
  }
}
