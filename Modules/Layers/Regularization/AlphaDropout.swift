public import TensorCore

/// In training, sets a share `rate` to what SELU gives for −∞, then scales and shifts so that mean and variance stay;
/// otherwise nothing. Of any shape. Klambauer et al. 2017. Keras: `AlphaDropout`.
public struct AlphaDropout: Layer {
  public static let kind = "AlphaDropout"
  public static let template = AlphaDropout(0.5)
  public static let requiredKeys = ["rate"]

  public var rate: Double
  public var seed: Int?
  /// Dimensions over which the same values are dropped are 1; nil entries follow the input. With the batch.
  public var noiseShape: [Int?]?

  public init(_ rate: Double, noiseShape: [Int?]? = nil, seed: Int? = nil) {
    (self.rate, self.noiseShape, self.seed) = (rate, noiseShape, seed)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    try expect((0..<1).contains(rate), "rate", rate, "a number from 0 to below 1")
    if let noiseShape { try Dropout.check(noiseShape, input.shape, of: self) }
    let (rate, noiseShape, seed) = (rate, noiseShape, seed)
    // SELU's −scale · alpha, and the affine map that undoes what it does to the statistics.
    let dropped = -1.7580993408473766
    let factor = 1 / ((1 - rate) * (1 + rate * dropped * dropped)).squareRoot()
    return Forward { x, context in
      guard context.isTraining, rate > 0 else { return x }
      let shape = noiseShape.map { Shape(zip($0, x.shape.array).map { $0 ?? $1 }) } ?? x.shape
      let key = context.random.split(seed: seed)
      let isKept = Tensor.randomUniform(shape, dtype: .float32, key: key).greaterOrEqual(rate).cast(to: x.dtype)
      return (x * isKept + (1 - isKept) * dropped) * factor - factor * dropped * rate
    }
  }
}

extension AlphaDropout: DialectSpelling {
  /// Keras 2 does not write the shape.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras2, config["noise_shape"]?.isNull == true { config["noise_shape"] = nil }
  }
}
