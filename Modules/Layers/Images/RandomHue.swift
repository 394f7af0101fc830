public import TensorCore

/// In training, shifts the hue of every image of three channels. Keras: `RandomHue`.
public struct RandomHue: ImageAugmentation {
  public static let kind = "RandomHue"
  public static let template = RandomHue(0)
  public static let requiredKeys = ["factor"]

  /// By how much, in one direction or the other: 1 is half of the circle of colors.
  public var factor: FactorRange
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange, valueRange: ValueRange = .bytes, seed: Int? = nil) {
    (self.factor, self.valueRange, self.seed) = (factor, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    try expectChannels([3], images)
    let (factor, valueRange) = (try factor.range(within: 0...1, "factor", of: self), valueRange)
    return { images, key in
      let shape: Shape = [images.shape[0], 1, 1, 1]
      let isBackward = key.uniform(shape).greater(0.5)
      let turn = key.uniform(shape, factor) * 0.5
      let (hue, saturation, value) = images.rescaled(from: valueRange, to: [0, 1]).hsv()
      var turned = hue + Tensor.select(isBackward, -turn, turn).cast(to: images.dtype)
      turned = Tensor.select(turned.greater(1), turned - 1, turned)
      turned = Tensor.select(turned.less(0), turned + 1, turned)
      return Tensor(hue: turned, saturation: saturation, value: value).clamped(0, 1)
        .rescaled(from: [0, 1], to: valueRange)
    }
  }
}
