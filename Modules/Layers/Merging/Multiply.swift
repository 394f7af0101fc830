public import TensorCore

/// The product of two or more inputs of one shape; missing axes are put after the batch and
/// axes of 1 repeated. Keras: `Multiply`.
public struct Multiply: MergeLayer {
  public static let kind = "Multiply"
  public static let template = Multiply()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildMerge(scope, inputs) { $0.dropFirst().reduce($0[0]) { $0 * $1 } }
  }
}
