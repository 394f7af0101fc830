public import TensorCore

/// In training, makes images of three channels gray with a probability. Keras: `RandomGrayscale`.
public struct RandomGrayscale: ImageAugmentation {
  public static let kind = "RandomGrayscale"
  public static let template = RandomGrayscale()

  /// The probability.
  public var factor: Double
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: Double = 0.5, seed: Int? = nil) { (self.factor, self.seed) = (factor, seed) }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    try expectChannels([1, 3], images)
    try expect((0...1).contains(factor), "factor", factor, "a number from 0 to 1")
    let factor = factor
    return { images, key in
      let isGray = key.uniform([images.shape[0], 1, 1, 1]).less(factor)
      return Tensor.select(isGray, images.grayscale(), images)
    }
  }
}

extension RandomGrayscale: DialectSpelling {
  /// Keras does not store the seed, and reads one.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if config["seed"]?.isNull == true { config["seed"] = nil }
  }
}
