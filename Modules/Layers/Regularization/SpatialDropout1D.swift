public import TensorCore

/// In training, sets whole channels of a sample to zero: `[batch, steps, channels]`. Tompson et al. 2015. Keras:
/// `SpatialDropout1D`.
public struct SpatialDropout1D: SpatialDropoutLayer {
  public static let kind = "SpatialDropout1D"
  public static let template = SpatialDropout1D(0.5)
  public static let requiredKeys = ["rate"]
  static let spatialRank = 1

  /// The share of channels.
  public var rate: Double
  public var seed: Int?

  public init(_ rate: Double, seed: Int? = nil) { (self.rate, self.seed) = (rate, seed) }

  public var maskRule: MaskRule { .passes }

  var dataFormat: DataFormat? { nil }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildSpatialDropout(&scope, inputs: inputs)
  }
}

extension SpatialDropout1D: DialectSpelling {
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) { dropInheritedKeys(&config, in: dialect) }
}
