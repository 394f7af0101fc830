internal import TensorCore

/// What the dropouts of whole channels have in common: in training a share `rate` of a sample's channels is zero
/// everywhere, and the others are scaled by 1/(1 − rate). Tompson et al. 2015.
protocol SpatialDropoutLayer: Layer {
  static var spatialRank: Int { get }
  var rate: Double { get }
  var seed: Int? { get }
  var dataFormat: DataFormat? { get }
}

extension SpatialDropoutLayer {
  /// Keras 3 writes no other key than its own, and takes none.
  static func dropInheritedKeys(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras3 { config["trainable"] = nil }
    // Keras 2 does not write it, but reads it.
    if dialect == .keras2, config["data_format"] == "channels_last" { config["data_format"] = nil }
  }

  func buildSpatialDropout(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: (Self.spatialRank + 2)...(Self.spatialRank + 2))
    let ones = Array(repeating: Int?.some(1), count: Self.spatialRank)
    let shape = dataFormat == .channelsFirst ? [nil, nil] + ones : [nil] + ones + [nil]
    return try Dropout(rate, noiseShape: shape, seed: seed).build(&scope, inputs: inputs)
  }
}
