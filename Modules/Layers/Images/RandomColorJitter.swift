public import TensorCore

/// In training, changes brightness, contrast, saturation and hue of every image, in this order. Keras:
/// `RandomColorJitter`.
public struct RandomColorJitter: ImageAugmentation {
  public static let kind = "RandomColorJitter"
  public static let template = RandomColorJitter()

  public var valueRange: ValueRange
  /// Of `RandomBrightness`; nil: none. Likewise those below.
  public var brightnessFactor: FactorRange?
  public var contrastFactor: FactorRange?
  public var saturationFactor: FactorRange?
  public var hueFactor: FactorRange?
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    valueRange: ValueRange = .bytes, brightness: FactorRange? = nil, contrast: FactorRange? = nil,
    saturation: FactorRange? = nil, hue: FactorRange? = nil, seed: Int? = nil
  ) {
    (self.valueRange, brightnessFactor, contrastFactor) = (valueRange, brightness, contrast)
    (saturationFactor, hueFactor, self.seed) = (saturation, hue, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let layers: [(any ImageAugmentation)?] = [
      brightnessFactor.map { RandomBrightness($0, valueRange: valueRange) },
      contrastFactor.map { RandomContrast($0, valueRange: valueRange) },
      saturationFactor.map { RandomSaturation($0, valueRange: valueRange) },
      hueFactor.map { RandomHue($0, valueRange: valueRange) },
    ]
    var steps: [Augmentation] = []
    for layer in layers.compactMap({ $0 }) { steps.append(try layer.augmentation(of: images)) }
    return { [steps] images, key in
      var images = images
      for step in steps { images = step(images, &key) }
      return images
    }
  }
}
