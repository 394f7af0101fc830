public import TensorCore

/// From `threshold` on x, but at most `maxValue`; below it `negativeSlope · (x − threshold)`. Of any shape. Nair and Hinton
/// 2010. Keras: `ReLU`.
public struct ReLU: Layer {
  public static let kind = "ReLU"
  public static let template = ReLU()

  /// nil: no limit.
  public var maxValue: Double?
  public var negativeSlope = 0.0
  public var threshold = 0.0

  public init(maxValue: Double? = nil, negativeSlope: Double = 0, threshold: Double = 0) {
    (self.maxValue, self.negativeSlope, self.threshold) = (maxValue, negativeSlope, threshold)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    try expect(maxValue ?? 0 >= 0, "max_value", "\(maxValue ?? 0)", "a number from 0 on, or null")
    try expect(negativeSlope >= 0, "negative_slope", negativeSlope, "a number from 0 on")
    try expect(threshold >= 0, "threshold", threshold, "a number from 0 on")
    var config: JSONObject = ["negative_slope": .number(negativeSlope), "threshold": .number(threshold)]
    if let maxValue { config["max_value"] = .number(maxValue) }
    let activation = try scope.activation(Activation("ReLU", config: config))
    return Forward { x, context in activation(x, &context) }
  }
}
