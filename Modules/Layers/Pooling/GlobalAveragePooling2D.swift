public import TensorCore

/// The mean over height and width: `[batch, height, width, channels] -> [batch, channels]`, or
/// `[batch, 1, 1, channels]` with `keepdims`. Lin et al. 2014. Keras: `GlobalAveragePooling2D`.
public struct GlobalAveragePooling2D: GlobalPoolingLayer {
  public static let kind = "GlobalAveragePooling2D"
  public static let template = GlobalAveragePooling2D()

  public var dataFormat: DataFormat? = .channelsLast
  public var keepdims = false

  public init(keepdims: Bool = false) { self.keepdims = keepdims }

  static let spatialRank = 2

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let axes = try pooledAxes(inputs)
    let keepdims = keepdims
    return Forward { x, _ in x.mean(axes: axes, keepDims: keepdims) }
  }
}
