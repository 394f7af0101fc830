public import TensorCore

/// x above `theta`, 0 elsewhere. Of any shape. Konda et al. 2015. Keras 1 and 2: `ThresholdedReLU`.
public struct ThresholdedReLU: Layer {
  public static let kind = "ThresholdedReLU"
  public static let template = ThresholdedReLU()

  public var theta = 1.0

  public init(theta: Double = 1) { self.theta = theta }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    try expect(theta >= 0, "theta", theta, "a number of 0 or more")
    let theta = theta
    return Forward { x, _ in x * x.greater(theta).cast(to: x.dtype) }
  }
}
