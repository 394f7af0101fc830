public import TensorCore

/// In training, adds normal noise of mean zero; otherwise nothing. Of any shape. Keras: `GaussianNoise`.
public struct GaussianNoise: Layer {
  public static let kind = "GaussianNoise"
  public static let template = GaussianNoise(1)
  public static let requiredKeys = ["stddev"]

  /// The noise's standard deviation.
  public var stddev: Double
  public var seed: Int?

  public init(_ stddev: Double, seed: Int? = nil) { (self.stddev, self.seed) = (stddev, seed) }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    try expect((0...1).contains(stddev), "stddev", stddev, "a number from 0 to 1")
    let (stddev, seed) = (stddev, seed)
    return Forward { x, context in
      guard context.isTraining, stddev > 0 else { return x }
      let key = context.random.split(seed: seed)
      let noise = Tensor.randomNormal(x.shape, standardDeviation: stddev, dtype: .float32, key: key)
      return x + noise.cast(to: x.dtype)
    }
  }
}

extension RandomKey {
  /// The next key, made different by a layer's own seed.
  mutating func split(seed: Int?) -> RandomKey {
    let key = split()
    return seed.map { key.folding($0) } ?? key
  }
}
