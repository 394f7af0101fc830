public import TensorCore

/// In training, multiplies with normal numbers of mean 1 and variance rate/(1 − rate); otherwise nothing. Of any shape.
/// Srivastava et al. 2014. Keras: `GaussianDropout`.
public struct GaussianDropout: Layer {
  public static let kind = "GaussianDropout"
  public static let template = GaussianDropout(0.5)
  public static let requiredKeys = ["rate"]

  public var rate: Double
  public var seed: Int?

  public init(_ rate: Double, seed: Int? = nil) { (self.rate, self.seed) = (rate, seed) }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    try expect((0..<1).contains(rate), "rate", rate, "a number from 0 to below 1")
    let (rate, seed) = (rate, seed)
    return Forward { x, context in
      guard context.isTraining, rate > 0 else { return x }
      let deviation = (rate / (1 - rate)).squareRoot()
      let key = context.random.split(seed: seed)
      let factor = Tensor.randomNormal(x.shape, mean: 1, standardDeviation: deviation, dtype: .float32, key: key)
      return x * factor.cast(to: x.dtype)
    }
  }
}
