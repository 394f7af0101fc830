public import TensorCore

/// In training, some of eleven augmentations one after the other, drawn anew for every batch. Cubuk et al. 2020. Keras:
/// `RandAugment`. All of them are computed, as in Keras.
public struct RandAugment: ImageAugmentation {
  public static let kind = "RandAugment"
  public static let template = RandAugment()

  public var valueRange: ValueRange
  /// How many.
  public var numOps: Int
  /// How strong each is.
  public var factor: FactorRange
  /// `.nearest` or `.bilinear`.
  public var interpolation: Interpolation
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    valueRange: ValueRange = .bytes, numOps: Int = 2, factor: FactorRange = 0.5,
    interpolation: Interpolation = .bilinear, seed: Int? = nil
  ) {
    (self.valueRange, self.numOps, self.factor) = (valueRange, numOps, factor)
    (self.interpolation, self.seed) = (interpolation, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    try expect((0...1000).contains(numOps), "num_ops", numOps, "a number from 0 to 1000")
    let range = try factor.range(within: 0...1, "factor", of: self)
    let choices = AugmentationChoices(range, valueRange, interpolation, dataFormat)
    let (steps, count) = (try choices.all(of: images), numOps)
    return { images, key in
      let chosen = Tensor.randomIntegers([count], in: 0..<Int64(steps.count), key: key.split())
      // What is chosen twice does the same twice.
      let keys = steps.map { _ in key.split() }
      return (0..<count).reduce(images) { images, position in
        let choice = chosen.sliced(axis: 0, position..<(position + 1)).reshaped([1, 1, 1, 1])
        return steps.indices.reduce(images) { result, index in
          var key = keys[index]
          return Tensor.select(choice.equal(Double(index)), steps[index](images, &key), result)
        }
      }
    }
  }
}

/// What `RandAugment` and `AugMix` choose from.
struct AugmentationChoices {
  let factor: FactorRange
  let valueRange: ValueRange
  let interpolation: Interpolation
  let dataFormat: DataFormat?

  init(
    _ range: ClosedRange<Double>, _ valueRange: ValueRange, _ interpolation: Interpolation, _ dataFormat: DataFormat?
  ) {
    factor = FactorRange(range.lowerBound, range.upperBound)
    (self.valueRange, self.interpolation, self.dataFormat) = (valueRange, interpolation, dataFormat)
  }

  /// The eleven of `RandAugment`.
  func all(of images: TensorSpec) throws(CoreError) -> [Augmentation] {
    let more: [any ImageAugmentation] = [
      RandomBrightness(factor, valueRange: valueRange), RandomColorDegeneration(factor, valueRange: valueRange),
      RandomContrast(factor, valueRange: valueRange), RandomSharpness(factor, valueRange: valueRange),
    ]
    var result = try basic(of: images)
    for layer in more { result.append(try layer.augmentation(of: images)) }
    return result
  }

  /// Without those of brightness, color, contrast and sharpness.
  func basic(of images: TensorSpec) throws(CoreError) -> [Augmentation] {
    var contrast = AutoContrast(valueRange: valueRange)
    contrast.dataFormat = dataFormat
    let bits = FactorRange(Double(max(1, Int(8 * factor.numbers[1]))))
    let layers: [any ImageAugmentation] = [
      RandomShear(x: factor, y: factor, interpolation: interpolation),
      RandomTranslation(height: factor, width: factor, interpolation: interpolation),
      RandomRotation(factor, interpolation: interpolation),
      Solarization(addition: factor, threshold: factor, valueRange: valueRange),
      RandomPosterization(bits, valueRange: valueRange), contrast, Equalization(valueRange: valueRange),
    ]
    var result: [Augmentation] = []
    for layer in layers { result.append(try layer.augmentation(of: images)) }
    return result
  }
}
