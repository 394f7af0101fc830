public import TensorCore

/// In training, sets a share `rate` of the inputs to zero and scales the others by 1/(1 − rate); otherwise nothing.
/// Srivastava et al. 2014. Keras: `Dropout`.
public struct Dropout: Layer {
  public static let kind = "Dropout"
  public static let template = Dropout(0.5)
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
    try expect((0...1).contains(rate), "rate", rate, "a number from 0 to 1")
    if let noiseShape { try Self.check(noiseShape, input.shape, of: self) }
    let (rate, noiseShape, seed) = (rate, noiseShape, seed)
    return Forward { x, context in
      guard context.isTraining, rate > 0 else { return x }
      guard rate < 1 else { return Tensor.zeros(like: x) }
      let key = context.random.split(seed: seed)
      let shape = noiseShape.map { Shape(zip($0, x.shape.array).map { $0 ?? $1 }) } ?? x.shape
      let isKept = Tensor.randomUniform(shape, dtype: .float32, key: key).greaterOrEqual(rate)
      return x * (isKept.cast(to: x.dtype) * (1 / (1 - rate)))
    }
  }

  /// Throws unless a noise shape suits an input.
  static func check(_ noiseShape: [Int?], _ shape: Shape, of layer: some Layer) throws(CoreError) {
    let fits =
      noiseShape.count == shape.rank && (noiseShape.first ?? nil) ?? 1 == 1
      && zip(noiseShape, shape.array).dropFirst().allSatisfy { $0 == nil || $0 == 1 || $0 == $1 }
    try layer.expect(
      fits, "noise_shape", "\(noiseShape)",
      "null or 1 for the batch and a shape that broadcasts to \(Shape.batchDescription(shape))")
  }
}
