public import TensorCore

/// Zeros around an image: `[batch, height, width, channels] -> [batch, newHeight, newWidth, channels]`. Keras:
/// `ZeroPadding2D`.
public struct ZeroPadding2D: ZeroPaddingLayer {
  public static let kind = "ZeroPadding2D"
  public static let template = ZeroPadding2D()

  public var padding: Margins<2>
  public var dataFormat: DataFormat? = .channelsLast

  public init(padding: Margins<2> = 1) { self.padding = padding }

  var margins: [[Int]] { padding.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPadding(inputs: inputs)
  }
}
