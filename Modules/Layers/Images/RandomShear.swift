public import TensorCore

/// In training, shears every image, to one side or the other. Keras: `RandomShear`.
public struct RandomShear: ImageAugmentation, ImageTransformation {
  public static let kind = "RandomShear"
  public static let template = RandomShear()

  /// By which part of its height a row is shifted.
  public var xFactor: FactorRange
  /// By which part of its distance from the left a column is shifted.
  public var yFactor: FactorRange
  public var fillMode: ImageFillMode
  public var interpolation: Interpolation
  public var seed: Int?
  public var fillValue: Double
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    x: FactorRange = 0, y: FactorRange = 0, interpolation: Interpolation = .bilinear,
    fillMode: ImageFillMode = .reflect, fillValue: Double = 0, seed: Int? = nil
  ) {
    (xFactor, yFactor, self.fillMode) = (x, y, fillMode)
    (self.interpolation, self.seed, self.fillValue) = (interpolation, seed, fillValue)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    // Keras asks for numbers from 0 on and stores the range around 0.
    let x = try xFactor.range(within: -1...1, "x_factor", of: self)
    let y = try yFactor.range(within: -1...1, "y_factor", of: self)
    let sampling = try sampling()
    return { images, key in
      let shape: Shape = [images.shape[0], 1, 1]
      // Keras gives both axes one sign.
      let isInverted = key.uniform(shape).greater(0.5)
      let sign = Tensor.select(isInverted, Tensor.full(shape, -1), Tensor.ones(shape))
      let down = key.uniform(shape, y) * sign
      let map = ProjectiveMap(shearX: key.uniform(shape, x) * sign, shearY: down)
      return images.transformed(by: map, sampling)
    }
  }
}
