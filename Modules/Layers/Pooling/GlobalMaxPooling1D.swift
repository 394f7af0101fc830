public import TensorCore

/// The largest value over all steps: `[batch, steps, channels] -> [batch, channels]`, or
/// `[batch, 1, channels]` with `keepdims`. Keras: `GlobalMaxPooling1D`.
public struct GlobalMaxPooling1D: GlobalPoolingLayer {
  public static let kind = "GlobalMaxPooling1D"
  public static let template = GlobalMaxPooling1D()

  public var dataFormat: DataFormat? = .channelsLast
  public var keepdims = false

  public init(keepdims: Bool = false) { self.keepdims = keepdims }

  static let spatialRank = 1

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let axes = try pooledAxes(inputs)
    let keepdims = keepdims
    return Forward { x, _ in x.max(axes: axes, keepDims: keepdims) }
  }
}
