public import TensorCore

/// Cuts off the border of an image: `[batch, height, width, channels] -> [batch, newHeight, newWidth, channels]`.
/// Keras: `Cropping2D`.
public struct Cropping2D: CroppingLayer {
  public static let kind = "Cropping2D"
  public static let template = Cropping2D()

  public var cropping: Margins<2>
  public var dataFormat: DataFormat? = .channelsLast

  public init(cropping: Margins<2> = 0) { self.cropping = cropping }

  var margins: [[Int]] { cropping.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildCropping(inputs: inputs)
  }
}
