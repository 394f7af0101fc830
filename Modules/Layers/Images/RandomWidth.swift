/// In training, stretches the images of a batch to a width that is drawn, one for all:
/// `[batch, height, width, channels] -> [batch, height, newWidth, channels]`, or a single image. Keras 2: `RandomWidth`.
///
/// Layers behind it have to take images of any width, as `GlobalAveragePooling2D` does.
public struct RandomWidth: RandomSizeLayer {
  public static let kind = "RandomWidth"
  public static let template = RandomWidth(0)

  /// By how much of the width it grows; below 0 it shrinks.
  public var factor: FactorRange
  public var interpolation: Interpolation
  public var seed: Int?

  public init(_ factor: FactorRange, interpolation: Interpolation = .bilinear, seed: Int? = nil) {
    (self.factor, self.interpolation, self.seed) = (factor, interpolation, seed)
  }

  static let axis = 2
}
