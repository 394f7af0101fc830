public import TensorCore

/// In training, blends images with several chains of augmentations of them, drawn anew for every batch. Hendrycks et al.
/// 2020. Keras: `AugMix`. All augmentations are computed, `numChains * chainDepth` times.
public struct AugMix: ImageAugmentation {
  public static let kind = "AugMix"
  public static let template = AugMix()

  public var valueRange: ValueRange
  public var numChains: Int
  /// How many augmentations a chain has at most.
  public var chainDepth: Int
  /// How strong each is.
  public var factor: FactorRange
  /// The parameter of the distributions of the shares: Dirichlet among the chains, beta between them and the images.
  public var alpha: Double
  /// Also brightness, color, contrast and sharpness.
  public var allOps: Bool
  /// `.nearest` or `.bilinear`.
  public var interpolation: Interpolation
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    valueRange: ValueRange = .bytes, numChains: Int = 3, chainDepth: Int = 3, factor: FactorRange = 0.3,
    alpha: Double = 1, allOps: Bool = true, interpolation: Interpolation = .bilinear, seed: Int? = nil
  ) {
    (self.valueRange, self.numChains, self.chainDepth) = (valueRange, numChains, chainDepth)
    (self.factor, self.alpha, self.allOps) = (factor, alpha, allOps)
    (self.interpolation, self.seed) = (interpolation, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    try expect((1...100).contains(numChains), "num_chains", numChains, "a number from 1 to 100")
    try expect((0...100).contains(chainDepth), "chain_depth", chainDepth, "a number from 0 to 100")
    try expect(alpha > 0 && alpha.isFinite, "alpha", alpha, "a number above 0")
    let range = try factor.range(within: 0...1, "factor", of: self)
    let choices = AugmentationChoices(range, valueRange, interpolation, dataFormat)
    let steps = allOps ? try choices.all(of: images) : try choices.basic(of: images)
    let (chains, depth, alpha, valueRange) = (numChains, chainDepth, Tensor([Float(alpha)]), valueRange)
    return { images, key in
      let shares = key.logGamma([chains], alpha).softmax().cast(to: images.dtype)
      let kept = key.beta([1], alpha).cast(to: images.dtype)
      var mixed = Tensor.zeros(like: images)
      for chain in 0..<chains {
        var result = images
        for _ in 0..<depth {
          // One more than there are: nothing.
          let choice = Tensor.randomIntegers([1, 1, 1, 1], in: 0...Int64(steps.count), key: key.split())
          let before = result
          for (index, step) in steps.enumerated() {
            result = Tensor.select(choice.equal(Double(index)), step(before, &key), result)
          }
        }
        mixed = mixed + result * shares.sliced(axis: 0, chain..<(chain + 1))
      }
      return (kept * images + (1 - kept) * mixed).clamped(to: valueRange)
    }
  }
}
