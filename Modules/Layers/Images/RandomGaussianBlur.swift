public import TensorCore

/// In training, blurs images. Keras: `RandomGaussianBlur`.
public struct RandomGaussianBlur: ImageAugmentation {
  public static let kind = "RandomGaussianBlur"
  public static let template = RandomGaussianBlur()

  /// With which probability an image is changed: drawn from this range for each.
  public var factor: FactorRange
  /// Odd numbers.
  public var kernelSize: Pair
  /// The deviation of the blur in pixels, drawn from this range within 0...1: once for all images of a batch and both
  /// directions.
  public var sigma: FactorRange
  /// What values are cut off at.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    _ factor: FactorRange = 1, kernelSize: Pair = 3, sigma: FactorRange = 1, valueRange: ValueRange = .bytes,
    seed: Int? = nil
  ) {
    (self.factor, self.kernelSize, self.sigma) = (factor, kernelSize, sigma)
    (self.valueRange, self.seed) = (valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let factor = try factor.range(within: 0...1, "factor", of: self)
    let sigma = try sigma.range(within: 0...1, "sigma", of: self)
    try expectWindow(kernelSize, "kernel_size")
    try expect(kernelSize.array.allSatisfy { $0 % 2 == 1 }, "kernel_size", kernelSize, "odd numbers")
    let (size, valueRange) = (kernelSize, valueRange)
    return { images, key in
      let isChosen = key.choice(images.shape[0], probability: factor)
      let sigmas = (key.uniform([2], sigma) + 1e-6).split(count: 2, axis: 0)
      let (first, second) = (sigmas[0].gaussian(size.height), sigmas[1].gaussian(size.width))
      // Keras reads the kernel of width by height as one of height by width.
      let kernel = second.reshaped([size.width, 1]) * first.reshaped([1, size.height])
      let blurred = images.convolvedByChannel(kernel.reshaped([size.height, size.width]))
      return Tensor.select(isChosen, blurred, images).clamped(to: valueRange)
    }
  }
}

extension Tensor {
  /// A normal curve of this deviation, `[1]`, at `count` places about its middle, with the sum 1: `[count]`.
  func gaussian(_ count: Int) -> Tensor {
    let places = Tensor.range(0..<count).cast(to: dtype) - Double(count - 1) / 2
    let curve = ((places / self).square() * -0.5).exp()
    return curve / curve.sum()
  }
}
