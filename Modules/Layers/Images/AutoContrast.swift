public import TensorCore

/// Stretches the values of each channel of an image to the whole range. In inference and in training. Keras:
/// `AutoContrast`.
public struct AutoContrast: ImageAugmentation {
  public static let kind = "AutoContrast"
  public static let template = AutoContrast()

  public var valueRange: ValueRange
  /// With `.channelsFirst` Keras stretches every column: it always takes the second and the third axis for an image's.
  public var dataFormat: DataFormat? = .channelsLast

  public var seed: Int? { nil }

  private enum CodingKeys: CodingKey { case valueRange, dataFormat }

  public init(valueRange: ValueRange = .bytes) { self.valueRange = valueRange }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let stretch = try augmentation(of: try expectImages(inputs, dataFormat))
    return onImages(scope, dataFormat) { images, context in stretch(images, &context.random) }
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let axes = dataFormat == .channelsFirst ? [1, 3] : [1, 2]
    let valueRange = valueRange
    return { images, _ in
      let values = images.rescaled(from: valueRange, to: .bytes)
      let (low, high) = (values.min(axes: axes, keepDims: true), values.max(axes: axes, keepDims: true))
      let isFlat = low.equal(high)
      let scale =
        Tensor.full(low.shape, 255, dtype: images.dtype) / Tensor.select(isFlat, Tensor.ones(like: low), high - low)
      let stretched = (values * scale + -low * scale).clamped(0, 255)
      return Tensor.select(isFlat, images, stretched.rescaled(from: .bytes, to: valueRange))
    }
  }
}
