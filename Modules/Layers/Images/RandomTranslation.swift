public import TensorCore

/// In training, shifts every image. Keras: `RandomTranslation`.
public struct RandomTranslation: ImageAugmentation, ImageTransformation {
  public static let kind = "RandomTranslation"
  public static let template = RandomTranslation(height: 0, width: 0)
  public static let requiredKeys = ["height_factor", "width_factor"]

  /// Down, by which part of the height.
  public var heightFactor: FactorRange
  /// To the right, by which part of the width.
  public var widthFactor: FactorRange
  public var fillMode: ImageFillMode
  public var interpolation: Interpolation
  public var seed: Int?
  public var fillValue: Double
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    height: FactorRange, width: FactorRange, fillMode: ImageFillMode = .reflect,
    interpolation: Interpolation = .bilinear, seed: Int? = nil, fillValue: Double = 0
  ) {
    (heightFactor, widthFactor, self.fillMode) = (height, width, fillMode)
    (self.interpolation, self.seed, self.fillValue) = (interpolation, seed, fillValue)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let height = try heightFactor.range(within: -1...1, "height_factor", of: self)
    let width = try widthFactor.range(within: -1...1, "width_factor", of: self)
    let sampling = try sampling()
    return { images, key in
      let down = key.uniform([images.shape[0], 1, 1], height) * Double(images.shape[1])
      let right = key.uniform([images.shape[0], 1, 1], width) * Double(images.shape[2])
      return images.transformed(by: ProjectiveMap(right: right, down: down), sampling)
    }
  }
}
