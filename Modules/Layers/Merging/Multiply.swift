public import TensorCore

/// The product of two or more inputs of one shape; missing axes are put after the batch and
/// axes of 1 repeated. Keras: `Multiply`.
public struct Multiply: MergeLayer {
  public static let kind = "Multiply"
  public static let template = Multiply()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildMerge(scope, inputs, masked: Self.product) { $0.dropFirst().reduce($0[0]) { $0 * $1 } }
  }

  /// Of what the masks keep; zero where every input has a mask and none keeps anything.
  private static func product(_ inputs: [Tensor], _ masks: [Tensor?]) -> Tensor {
    let factors = zip(inputs, masks).map { x, mask in mask.map { Tensor.select($0, x, Tensor.ones(like: x)) } ?? x }
    let product = factors.dropFirst().reduce(factors[0]) { $0 * $1 }
    let given = masks.compactMap { $0 }
    guard given.count == masks.count else { return product }
    let kept = given.dropFirst().reduce(given[0]) { $0.logicalOr($1) }
    return Tensor.select(kept, product, Tensor.zeros(like: product))
  }
}
