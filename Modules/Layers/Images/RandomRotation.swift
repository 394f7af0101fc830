public import TensorCore

/// In training, turns every image about its middle. Keras: `RandomRotation`.
public struct RandomRotation: ImageAugmentation, ImageTransformation {
  public static let kind = "RandomRotation"
  public static let template = RandomRotation(0)
  public static let requiredKeys = ["factor"]

  /// By which part of a full turn, counter-clockwise.
  public var factor: FactorRange
  public var fillMode: ImageFillMode
  public var interpolation: Interpolation
  public var seed: Int?
  public var fillValue: Double
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    _ factor: FactorRange, fillMode: ImageFillMode = .reflect, interpolation: Interpolation = .bilinear,
    seed: Int? = nil, fillValue: Double = 0
  ) {
    (self.factor, self.fillMode, self.interpolation) = (factor, fillMode, interpolation)
    (self.seed, self.fillValue) = (seed, fillValue)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let (factor, sampling) = (try factor.range(within: -1...1, "factor", of: self), try sampling())
    let degrees = (factor.lowerBound * 360)...(factor.upperBound * 360)
    return { images, key in
      let angle = key.uniform([images.shape[0], 1, 1], degrees) * (Double.pi / 180)
      let map = ProjectiveMap(angle: angle, height: images.shape[1], width: images.shape[2])
      return images.transformed(by: map, sampling)
    }
  }
}
