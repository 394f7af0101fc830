/// In training, stretches the images of a batch to a height that is drawn, one for all:
/// `[batch, height, width, channels] -> [batch, newHeight, width, channels]`, or a single image. Keras 2: `RandomHeight`.
///
/// Layers behind it have to take images of any height, as `GlobalAveragePooling2D` does.
public struct RandomHeight: RandomSizeLayer {
  public static let kind = "RandomHeight"
  public static let template = RandomHeight(0)

  /// By how much of the height it grows; below 0 it shrinks.
  public var factor: FactorRange
  public var interpolation: Interpolation
  public var seed: Int?

  public init(_ factor: FactorRange, interpolation: Interpolation = .bilinear, seed: Int? = nil) {
    (self.factor, self.interpolation, self.seed) = (factor, interpolation, seed)
  }

  static let axis = 1
}
