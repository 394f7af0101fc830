public import TensorCore

/// The middle of images: `[batch, height, width, channels] -> [batch, newHeight, newWidth, channels]`, or of a single one.
/// An image that is too small is cut to the new proportions and made larger. Keras: `CenterCrop`.
public struct CenterCrop: Layer {
  public static let kind = "CenterCrop"
  public static let template = CenterCrop(height: 1, width: 1)
  public static let requiredKeys = ["height", "width"]

  public var height: Int
  public var width: Int
  public var dataFormat: DataFormat? = .channelsLast

  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectImages(inputs, dataFormat)
    try expectWindow([height], "height")
    try expectWindow([width], "width")
    let size = Pair(height, width)
    return onImages(scope, dataFormat) { images, _ in
      let (y, x) = (images.shape[1] - size.height, images.shape[2] - size.width)
      guard y >= 0, x >= 0 else { return images.cropped(toProportionOf: size).resized(to: size, .bilinear) }
      return images.window(top: y / 2, left: x / 2, size)
    }
  }
}
