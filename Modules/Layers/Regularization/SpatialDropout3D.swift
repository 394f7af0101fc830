public import TensorCore

/// In training, sets whole channels of a sample to zero: `[batch, depth, height, width, channels]`. Tompson et al. 2015. Keras:
/// `SpatialDropout3D`.
public struct SpatialDropout3D: SpatialDropoutLayer {
  public static let kind = "SpatialDropout3D"
  public static let template = SpatialDropout3D(0.5)
  public static let requiredKeys = ["rate"]
  static let spatialRank = 3

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

extension SpatialDropout3D: DialectSpelling {
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) { dropInheritedKeys(&config, in: dialect) }
}
