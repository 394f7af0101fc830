public import TensorCore

/// In training, leaves so many bits of every value. Keras: `RandomPosterization`.
public struct RandomPosterization: ImageAugmentation {
  public static let kind = "RandomPosterization"
  public static let template = RandomPosterization(8)
  public static let requiredKeys = ["factor"]

  /// How many of 8 bits stay: a whole number from the lower end to below the upper, from 1 to 8.
  public var factor: FactorRange
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange, valueRange: ValueRange = .bytes, seed: Int? = nil) {
    (self.factor, self.valueRange, self.seed) = (factor, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let bits = try factor.range(within: 1...8, "factor", of: self)
    let (low, high) = (Int64(bits.lowerBound), Int64(bits.upperBound))
    try expect(1 <= low && high <= 8, "factor", factor, "a number or two from 1 to 8")
    let (range, valueRange) = (low..<max(high, low + 1), valueRange)
    return { images, key in
      let bits = Tensor.randomIntegers([images.shape[0], 1, 1, 1], in: range, key: key.split())
      let step = Tensor(scalar: 2, dtype: images.dtype).pow(8 - bits.cast(to: images.dtype))
      let bytes = images.rescaled(from: valueRange, to: .bytes).floor()
      return ((bytes / step).floor() * step).rescaled(from: .bytes, to: valueRange)
    }
  }
}
