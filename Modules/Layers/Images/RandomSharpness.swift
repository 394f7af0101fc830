public import TensorCore

/// In training, makes every image sharper or softer. Keras: `RandomSharpness`.
public struct RandomSharpness: ImageAugmentation {
  public static let kind = "RandomSharpness"
  public static let template = RandomSharpness(0)
  public static let requiredKeys = ["factor"]

  /// 0 smooths, 0.5 changes nothing, 1 sharpens.
  public var factor: FactorRange
  /// What values are cut off at.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange, valueRange: ValueRange = .bytes, seed: Int? = nil) {
    (self.factor, self.valueRange, self.seed) = (factor, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let (factor, valueRange) = (try factor.range(within: 0...1, "factor", of: self), valueRange)
    return { images, key in
      let sharpness = (key.uniform([images.shape[0], 1, 1, 1], factor) * 2).cast(to: images.dtype)
      let kernel = (Tensor.ones([3, 3]) + Tensor([0, 0, 0, 0, 4, 0, 0, 0, 0] as [Float], [3, 3])) / 13
      let smooth = images.convolvedByChannel(kernel)
      return (images + (1 - sharpness) * (smooth - images)).clamped(to: valueRange)
    }
  }
}

extension Tensor {
  /// Every channel of images with the same kernel `[height, width]`, zeros around.
  func convolvedByChannel(_ kernel: Tensor) -> Tensor {
    let channels = shape[3]
    let each = kernel.cast(to: dtype).reshaped([kernel.shape[0], kernel.shape[1], 1, 1]).tiled([1, 1, 1, channels])
    return conv(each, strides: [1, 1], padding: .same, groups: channels)
  }
}
