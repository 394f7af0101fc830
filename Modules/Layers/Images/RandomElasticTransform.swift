public import TensorCore

/// In training, shifts every pixel of an image by a smooth field of noise, as far to the right as down. Simard et al. 2003.
/// Keras: `RandomElasticTransform`.
public struct RandomElasticTransform: ImageAugmentation, ImageTransformation {
  public static let kind = "RandomElasticTransform"
  public static let template = RandomElasticTransform()

  /// With which probability an image is changed: drawn from this range for each.
  public var factor: FactorRange
  /// How strong: drawn from this range within 0...1, once for all images of a batch.
  public var scale: FactorRange
  public var interpolation: Interpolation
  public var fillMode: ImageFillMode
  public var fillValue: Double
  /// What values are cut off at.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    _ factor: FactorRange = 1, scale: FactorRange = 1, interpolation: Interpolation = .bilinear,
    fillMode: ImageFillMode = .reflect, fillValue: Double = 0, valueRange: ValueRange = .bytes, seed: Int? = nil
  ) {
    (self.factor, self.scale, self.interpolation) = (factor, scale, interpolation)
    (self.fillMode, self.fillValue, self.valueRange, self.seed) = (fillMode, fillValue, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let factor = try factor.range(within: 0...1, "factor", of: self)
    let scale = try scale.range(within: 0...1, "scale", of: self)
    try expect(scale.lowerBound >= 0, "scale", self.scale, "numbers from 0 on")
    let (sampling, valueRange) = (try sampling(), valueRange)
    return { images, key in
      guard scale.upperBound > 0, factor.upperBound > 0 else { return images }
      let isChosen = key.choice(images.shape[0], probability: factor)
      let shift = Self.shift(images.shape, scale, &key)
      return Tensor.select(isChosen, images.shifted(by: shift, sampling), images).clamped(to: valueRange)
    }
  }

  /// By how many pixels each pixel is shifted, in both directions: `[batch, height, width]`.
  private static func shift(_ images: Shape, _ scale: ClosedRange<Double>, _ key: inout RandomKey) -> Tensor {
    let (height, width) = (images[1], images[2])
    let strength = key.uniform([1], scale)
    let deviation = (strength * (Double(min(height, width)) * 0.05)).maximum(1e-6)
    let noise = Tensor.randomNormal([images[0], height, width, 1], key: key.split()) * deviation
    // Keras's kernel reaches 3 times the whole part of the deviation; here it is the largest, with zeros.
    let reach = 3 * Int(Double(min(height, width)) * 0.05 * scale.upperBound)
    let places = Tensor.range(-reach..<(reach + 1)).cast(to: .float32)
    let isReached = places.abs().lessOrEqual(deviation.floor() * 3)
    let curve = ((places / deviation).square() * -0.5).exp() * isReached.cast(to: .float32)
    let kernel = curve / curve.sum()
    let smooth = noise.convolvedByChannel(kernel.reshaped([2 * reach + 1, 1]))
      .convolvedByChannel(kernel.reshaped([1, 2 * reach + 1]))
    return smooth.reshaped([images[0], height, width]) * (strength * (Double(max(height, width)) * 0.1))
  }
}

extension Tensor {
  /// Images read so many pixels further to the right and down: `[batch, height, width]`, float32.
  fileprivate func shifted(by shift: Tensor, _ sampling: SampleImages) -> Tensor {
    guard !dtype.isHalf else { return cast(to: .float32).shifted(by: shift, sampling).cast(to: dtype) }
    let columns = Tensor.range(0..<shape[2]).cast(to: .float32).reshaped([1, 1, shape[2]])
    let rows = Tensor.range(0..<shape[1]).cast(to: .float32).reshaped([1, shape[1], 1])
    return sampled(x: (columns + shift).cast(to: dtype), y: (rows + shift).cast(to: dtype), sampling)
  }
}
