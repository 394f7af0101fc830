public import TensorCore

/// In training, makes every image larger or smaller about its middle. Keras: `RandomZoom`.
public struct RandomZoom: ImageAugmentation, ImageTransformation {
  public static let kind = "RandomZoom"
  public static let template = RandomZoom(height: 0)
  public static let requiredKeys = ["height_factor"]

  /// How much more of the height is seen: above 0 the image becomes smaller.
  public var heightFactor: FactorRange
  /// The same of the width; nil: as much as of the height.
  public var widthFactor: FactorRange?
  public var fillMode: ImageFillMode
  public var interpolation: Interpolation
  public var seed: Int?
  public var fillValue: Double
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    height: FactorRange, width: FactorRange? = nil, fillMode: ImageFillMode = .reflect,
    interpolation: Interpolation = .bilinear, seed: Int? = nil, fillValue: Double = 0
  ) {
    (heightFactor, widthFactor, self.fillMode) = (height, width, fillMode)
    (self.interpolation, self.seed, self.fillValue) = (interpolation, seed, fillValue)
  }

  private func zoom(_ factor: FactorRange, _ key: String) throws(CoreError) -> ClosedRange<Double> {
    let range = try factor.range(within: -1...1, key, of: self)
    try expect(range.lowerBound > -1, key, factor, "numbers above -1")
    return (1 + range.lowerBound)...(1 + range.upperBound)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let height = try zoom(heightFactor, "height_factor")
    var width: ClosedRange<Double>?
    if let widthFactor { width = try zoom(widthFactor, "width_factor") }
    let sampling = try sampling()
    return { [width] images, key in
      let y = key.uniform([images.shape[0], 1, 1], height)
      let x = width.map { key.uniform([images.shape[0], 1, 1], $0) } ?? y
      let map = ProjectiveMap(scaleX: x, scaleY: y, height: images.shape[1], width: images.shape[2])
      return images.transformed(by: map, sampling)
    }
  }
}
