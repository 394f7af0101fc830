public import TensorCore

/// In training, adds to the values of every image and turns those from a threshold on around. Keras: `Solarization`.
public struct Solarization: ImageAugmentation {
  public static let kind = "Solarization"
  public static let template = Solarization()

  /// What is added, for images of 0 to 255: from the lower end to 255 times the upper.
  public var additionFactor: FactorRange
  /// From where on values are taken from 255: as before.
  public var thresholdFactor: FactorRange
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    addition: FactorRange = 0, threshold: FactorRange = 0, valueRange: ValueRange = .bytes, seed: Int? = nil
  ) {
    (additionFactor, thresholdFactor, self.valueRange, self.seed) = (addition, threshold, valueRange, seed)
  }

  private func bytes(_ factor: FactorRange, _ key: String) throws(CoreError) -> ClosedRange<Double> {
    let range = try factor.range(within: 0...1, key, of: self)
    try expect(range.lowerBound >= 0, key, factor, "a number or two from 0 to 1")
    return range.lowerBound...(range.upperBound * 255)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let addition = try bytes(additionFactor, "addition_factor")
    let threshold = try bytes(thresholdFactor, "threshold_factor")
    let valueRange = valueRange
    return { images, key in
      let shape: Shape = [images.shape[0], 1, 1, 1]
      let added = key.uniform(shape, addition).cast(to: images.dtype)
      let limit = key.uniform(shape, threshold).cast(to: images.dtype)
      let values = (images.rescaled(from: valueRange, to: .bytes) + added).clamped(0, 255)
      return Tensor.select(values.less(limit), values, 255 - values).rescaled(from: .bytes, to: valueRange)
    }
  }
}
