public import TensorCore

/// In training, adds one number to all values of an image. Keras: `RandomBrightness`.
public struct RandomBrightness: ImageAugmentation {
  public static let kind = "RandomBrightness"
  public static let template = RandomBrightness(0)
  public static let requiredKeys = ["factor"]

  /// Which part of the width of the value range is added.
  public var factor: FactorRange
  /// What values are cut off at.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange, valueRange: ValueRange = .bytes, seed: Int? = nil) {
    (self.factor, self.valueRange, self.seed) = (factor, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let (factor, valueRange) = (try factor.range(within: -1...1, "factor", of: self), valueRange)
    return { images, key in
      let added = key.uniform([images.shape[0], 1, 1, 1], factor) * valueRange.width
      return (images + added.cast(to: images.dtype)).clamped(to: valueRange)
    }
  }
}
