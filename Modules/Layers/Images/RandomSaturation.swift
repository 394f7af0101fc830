public import TensorCore

/// In training, makes the colors of every image of three channels stronger or weaker. Keras: `RandomSaturation`.
public struct RandomSaturation: ImageAugmentation {
  public static let kind = "RandomSaturation"
  public static let template = RandomSaturation(0)
  public static let requiredKeys = ["factor"]

  /// 0 makes gray, 0.5 changes nothing, 1 is as strong as it gets.
  public var factor: FactorRange
  /// What the saturation, a number from 0 to 1 for images of any range, is cut off at.
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
      let share = key.uniform([images.shape[0], 1, 1, 1], factor)
      // Keras's epsilon.
      let strength = (share / (1 - share + 1e-7)).cast(to: images.dtype)
      let (hue, saturation, value) = images.hsv()
      return Tensor(hue: hue, saturation: (saturation * strength).clamped(to: valueRange), value: value)
    }
  }
}
