public import TensorCore

/// In training, fills a rectangle of images with a color or with noise. Zhong et al. 2020. Keras: `RandomErasing`.
public struct RandomErasing: ImageAugmentation {
  public static let kind = "RandomErasing"
  public static let template = RandomErasing()

  /// With which probability an image is changed: drawn from this range for each.
  public var factor: FactorRange
  /// Each side of the rectangle is the image's, times the square root of a number of this range.
  public var scale: FactorRange
  /// What the rectangle is filled with; nil: normal noise.
  public var fillValue: Fill?
  /// What the filling is cut off at.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  /// One number for all channels, or one for each of three.
  public typealias Fill = Rescaling.Factor

  public init(
    _ factor: FactorRange = 1, scale: FactorRange = [0.02, 0.33], fillValue: Fill? = nil,
    valueRange: ValueRange = .bytes, seed: Int? = nil
  ) {
    (self.factor, self.scale, self.fillValue) = (factor, scale, fillValue)
    (self.valueRange, self.seed) = (valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let factor = try factor.range(within: 0...1, "factor", of: self)
    let scale = try scale.range(within: 0...1, "scale", of: self)
    try expect(scale.lowerBound >= 0, "scale", self.scale, "numbers from 0 on")
    if let fillValue {
      let fits = fillValue.shape == [] || (fillValue.shape == [3] && images.shape[3] == 3)
      try expect(fits, "fill_value", fillValue, "a number, or three for images of three channels")
    }
    let (fillValue, valueRange) = (fillValue, valueRange)
    return { images, key in
      let (batch, height, width) = (images.shape[0], images.shape[1], images.shape[2])
      let sides = key.uniform([batch, 1, 1, 2], scale).sqrt().split(count: 2, axis: 3)
      let columns = key.span(of: sides[0], width).reshaped([batch, 1, width, 1])
      let isInside = columns.logicalAnd(key.span(of: sides[1], height).reshaped([batch, height, 1, 1]))
      let isChosen = key.choice(batch, probability: factor)
      let filling = fillValue?.tensor(.float32) ?? Tensor.randomNormal(images.shape, key: key.split()) * valueRange.high
      let filled = filling.clamped(to: valueRange).cast(to: images.dtype)
      return Tensor.select(isInside.logicalAnd(isChosen), filled.broadcast(to: images.shape), images)
    }
  }
}

extension RandomKey {
  /// Which of `count` places lie in a part of them, at random: bool `[batch, count]`.
  ///
  /// - Parameters:
  ///   - share: how large the part is, of 1: one number per image.
  ///   - count: how many places there are.
  mutating func span(of share: Tensor, _ count: Int) -> Tensor {
    let length = share.reshaped([share.elementCount, 1]) * Double(count)
    let start = uniform(length.shape) * (Double(count) - length)
    let places = Tensor.range(0..<count).cast(to: .float32).reshaped([1, count])
    return places.greaterOrEqual(start).logicalAnd(places.less(start + length))
  }
}
