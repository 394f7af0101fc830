internal import AutoDiff
public import Layers
public import TensorCore

/// Divides each value by what its neighbours in channel amount to: `x / (bias + alpha * Σ x²) ** beta`, the sum over the
/// channels from `depthRadius` before to `depthRadius` behind: `[batch, ..., channels] -> [batch, ..., channels]`. Krizhevsky
/// et al. 2012; TensorFlow: `tf.nn.local_response_normalization`. In files `Apus>LocalResponseNormalization`.
///
/// AlexNet has a radius of 2, a bias of 2, an alpha of 1e-4 and a beta of 0.75.
public struct LocalResponseNormalization: Layer {
  public static let kind = "Apus>LocalResponseNormalization"
  public static let template = LocalResponseNormalization()
  public static let keepsPrecision = true

  /// How many channels on either side count.
  public var depthRadius = 5
  public var bias = 1.0
  public var alpha = 1.0
  public var beta = 0.5

  /// With TensorFlow's settings where others are not given.
  ///
  /// - Parameters:
  ///   - depthRadius: how many channels on either side count.
  ///   - bias: what is added to the sum, above 0.
  ///   - alpha: what the sum is multiplied with.
  ///   - beta: the exponent.
  public init(depthRadius: Int = 5, bias: Double = 1, alpha: Double = 1, beta: Double = 0.5) {
    (self.depthRadius, self.bias, self.alpha, self.beta) = (depthRadius, bias, alpha, beta)
  }

  public var maskRule: MaskRule { .passes }

  /// - Parameters:
  ///   - scope: unused, since there are no weights.
  ///   - inputs: one, of two dimensions or more.
  /// - Returns: the normalization.
  /// - Throws: where a setting makes no sense.
  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    try expect(depthRadius >= 0, "depth_radius", depthRadius, "a number from 0 on")
    try expect(bias > 0, "bias", bias, "a number above 0")
    try expect(alpha >= 0, "alpha", alpha, "a number from 0 on")
    let (radius, bias, alpha, beta) = (depthRadius, bias, alpha, beta)
    return Forward { x, _ in
      let amount = Tensor.apply(ChannelWindowSum(radius: radius), x * x) * alpha + bias
      return x * Self.inversePower(amount, beta)
    }
  }

  /// `amount ** -beta`, by roots where they do.
  private static func inversePower(_ amount: Tensor, _ beta: Double) -> Tensor {
    switch beta {
    case 0.5: return amount.rsqrt()
    case 0.75:
      let root = amount.rsqrt()
      return root * root.sqrt()
    case 1: return 1 / amount
    default: return amount.pow(-beta)
    }
  }
}
