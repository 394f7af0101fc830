public import TensorCore

/// Zeros around a volume: `[batch, depth, height, width, channels] -> [batch, newDepth, newHeight, newWidth, channels]`.
/// Keras: `ZeroPadding3D`.
public struct ZeroPadding3D: ZeroPaddingLayer {
  public static let kind = "ZeroPadding3D"
  public static let template = ZeroPadding3D()

  public var padding: Margins<3>
  public var dataFormat: DataFormat? = .channelsLast

  public init(padding: Margins<3> = 1) { self.padding = padding }

  var margins: [[Int]] { padding.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPadding(inputs: inputs)
  }
}
