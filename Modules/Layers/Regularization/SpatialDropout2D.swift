public import TensorCore

/// In training, sets whole channels of a sample to zero: `[batch, height, width, channels]`. Tompson et al. 2015. Keras:
/// `SpatialDropout2D`.
public struct SpatialDropout2D: SpatialDropoutLayer {
  public static let kind = "SpatialDropout2D"
  public static let template = SpatialDropout2D(0.5)
  public static let requiredKeys = ["rate"]
  static let spatialRank = 2

  /// The share of channels.
  public var rate: Double
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ rate: Double, seed: Int? = nil) { (self.rate, self.seed) = (rate, seed) }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildSpatialDropout(&scope, inputs: inputs)
  }
}

extension SpatialDropout2D: DialectSpelling {
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) { dropInheritedKeys(&config, in: dialect) }
}
