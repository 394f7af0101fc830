public import TensorCore

/// In training, moves the corners of images apart or together as if they were looked at from elsewhere. Keras:
/// `RandomPerspective`, whose upper left corner stays where it is.
public struct RandomPerspective: ImageAugmentation {
  public static let kind = "RandomPerspective"
  public static let template = RandomPerspective()

  /// With which probability an image is changed: drawn from this range for each.
  public var factor: FactorRange
  /// How far a corner moves at most: half of this part of its distances from the upper left corner.
  public var scale: Double
  public var interpolation: Interpolation
  public var fillValue: Double
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    _ factor: FactorRange = 1, scale: Double = 1, interpolation: Interpolation = .bilinear, fillValue: Double = 0,
    seed: Int? = nil
  ) {
    (self.factor, self.scale, self.interpolation) = (factor, scale, interpolation)
    (self.fillValue, self.seed) = (fillValue, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let probability = try factor.range(within: 0...1, "factor", of: self)
    try expect((0...1).contains(scale), "scale", scale, "a number from 0 to 1")
    let (shift, sampling) = (scale / 2, try sampling())
    return { images, key in
      let (batch, height, width) = (images.shape[0], images.shape[1], images.shape[2])
      // A line of pixels has no corners to move.
      guard height > 1, width > 1 else { return images }
      let isChosen = key.choice(batch, probability: probability)
      let shifts = key.uniform([batch, 4, 2], -shift...shift)
      let map = ProjectiveMap(cornerShifts: shifts, height: height, width: width)
      return Tensor.select(isChosen, images.transformed(by: map, sampling), images)
    }
  }
}

extension RandomPerspective: ImageTransformation {
  var fillMode: ImageFillMode { .constant }
}
