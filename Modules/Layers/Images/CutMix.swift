public import TensorCore

/// In training, puts a rectangle of another image of the batch into every image. Yun et al. 2019. Keras: `CutMix`.
///
/// Called on images alone, or on images and labels `[batch, classes]`, which it blends by the shares of the areas: in Keras
/// these two are a dictionary.
public struct CutMix: Layer {
  public static let kind = "CutMix"
  public static let template = CutMix()

  /// The share of an image that stays is of the beta distribution whose two parameters are one number of this range.
  public var factor: FactorRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange = 1, seed: Int? = nil) { (self.factor, self.seed) = (factor, seed) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let (factor, seed) = (try factor.range(within: 0...1, "factor", of: self), seed)
    try expect(factor.lowerBound >= 0, "factor", self.factor, "numbers from 0 on")
    return try buildMixing(scope, inputs, dataFormat) { images, context in
      var key = context.random.split(seed: seed)
      let (batch, height, width) = (images.shape[0], images.shape[1], images.shape[2])
      let kept = key.beta([batch], key.uniform([1], factor) + 1e-6)
      let side = (1 - kept).sqrt()
      let columns = key.span(of: side, width).reshaped([batch, 1, width, 1])
      let isInside = columns.logicalAnd(key.span(of: side, height).reshaped([batch, height, 1, 1]))
      let others = Tensor.randomPermutation(count: batch, key: key.split())
      // The area's share as it was drawn, not that of whole pixels: as in Keras.
      return (Tensor.select(isInside, images.gathered(others), images), others, 1 - side.square())
    }
  }
}
