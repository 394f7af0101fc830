public import TensorCore

/// In training, makes the negatives of images with a probability. Keras: `RandomInvert`.
public struct RandomInvert: ImageAugmentation {
  public static let kind = "RandomInvert"
  public static let template = RandomInvert()

  /// The probability: drawn from this range for each image.
  public var factor: FactorRange
  /// Values are taken from its upper end.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange = 1, valueRange: ValueRange = .bytes, seed: Int? = nil) {
    (self.factor, self.valueRange, self.seed) = (factor, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let (factor, valueRange) = (try factor.range(within: 0...1, "factor", of: self), valueRange)
    return { images, key in
      Tensor.select(key.choice(images.shape[0], probability: factor), valueRange.high - images, images)
    }
  }
}
