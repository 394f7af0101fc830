public import TensorCore

/// x from 0 on, `alpha · (exp(x) − 1)` below. Of any shape. Clevert et al. 2016. Keras: `ELU`.
public struct ELU: Layer {
  public static let kind = "ELU"
  public static let template = ELU()

  public var alpha = 1.0

  public init(alpha: Double = 1) { self.alpha = alpha }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let alpha = alpha
    return Forward { x, _ in x.activated(.elu(alpha: alpha)) }
  }
}
