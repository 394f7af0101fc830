public import TensorCore

/// Images of another size: `[batch, height, width, channels] -> [batch, newHeight, newWidth, channels]`, or a single one.
/// In inference and in training. Keras: `Resizing`.
public struct Resizing: Layer {
  public static let kind = "Resizing"
  public static let template = Resizing(height: 1, width: 1)
  public static let requiredKeys = ["height", "width"]

  public var height: Int
  public var width: Int
  public var interpolation: Interpolation
  /// Cuts off what does not fit the new proportions, rather than distorting.
  public var cropToAspectRatio = false
  /// Adds a margin of `fillValue` where the proportions do not fit, rather than distorting.
  public var padToAspectRatio = false
  /// Only `.constant`.
  public var fillMode = ImageFillMode.constant
  public var fillValue = 0.0
  /// Lets every pixel count where the image becomes smaller.
  public var antialias: Bool
  public var dataFormat: DataFormat? = .channelsLast

  public init(height: Int, width: Int, interpolation: Interpolation = .bilinear, antialias: Bool = false) {
    (self.height, self.width, self.interpolation, self.antialias) = (height, width, interpolation, antialias)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectImages(inputs, dataFormat)
    try expectWindow([height], "height")
    try expectWindow([width], "width")
    try expect(fillMode == .constant, "fill_mode", fillMode.rawValue, "constant")
    try expect(
      !(cropToAspectRatio && padToAspectRatio), "crop_to_aspect_ratio", "true beside pad_to_aspect_ratio true",
      "one of them at most")
    let (layer, size) = (self, Pair(height, width))
    // Whole numbers stay such.
    let whole = inputs[0].dtype.isFloating ? nil : inputs[0].dtype
    return onImages(scope, dataFormat) { images, _ in
      var images = images
      if layer.cropToAspectRatio {
        images = images.cropped(toProportionOf: size)
      } else if layer.padToAspectRatio {
        images = images.padded(toProportionOf: size, value: layer.fillValue)
      }
      let resized = images.resized(to: size, layer.interpolation, antialias: layer.antialias)
      return whole.map { resized.rounded().cast(to: $0).cast(to: resized.dtype) } ?? resized
    }
  }
}
