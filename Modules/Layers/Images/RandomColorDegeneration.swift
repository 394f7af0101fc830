public import TensorCore

/// In training, moves the colors of every image of three channels towards gray. Keras: `RandomColorDegeneration`.
public struct RandomColorDegeneration: ImageAugmentation {
  public static let kind = "RandomColorDegeneration"
  public static let template = RandomColorDegeneration(0)
  public static let requiredKeys = ["factor"]

  /// How far: 0 changes nothing, 1 makes gray, below 0 colors become stronger.
  public var factor: FactorRange
  /// What values are cut off at.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange, valueRange: ValueRange = .bytes, seed: Int? = nil) {
    (self.factor, self.valueRange, self.seed) = (factor, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    try expectChannels([3], images)
    let (factor, valueRange) = (try factor.range(within: -1...1, "factor", of: self), valueRange)
    return { images, key in
      let share = key.uniform([images.shape[0], 1, 1, 1], factor).cast(to: images.dtype)
      return (images + share * (images.grayscale() - images)).clamped(to: valueRange)
    }
  }
}
