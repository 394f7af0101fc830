public import TensorCore

/// x from 0 on, `negativeSlope · x` below. Of any shape. Maas et al. 2013. Keras: `LeakyReLU`.
public struct LeakyReLU: Layer {
  public static let kind = "LeakyReLU"
  public static let template = LeakyReLU()

  /// `alpha` in Keras 2.
  public var negativeSlope = 0.3

  public init(negativeSlope: Double = 0.3) { self.negativeSlope = negativeSlope }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let slope = negativeSlope
    return Forward { x, _ in x.activated(.leakyRelu(slope: slope)) }
  }
}

extension LeakyReLU: DialectSpelling {
  static func read(_ config: inout JSONObject) {
    guard let alpha = config["alpha"], config["negative_slope"] == nil else { return }
    (config["alpha"], config["negative_slope"]) = (nil, alpha)
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    guard dialect == .keras2, let slope = config["negative_slope"] else { return }
    (config["alpha"], config["negative_slope"]) = (slope, nil)
  }
}
