public import TensorCore

/// The sum of two or more inputs of one shape; missing axes are put after the batch and
/// axes of 1 repeated. Keras: `Add`.
public struct Add: MergeLayer {
  public static let kind = "Add"
  public static let template = Add()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildMerge(scope, inputs) { $0.dropFirst().reduce($0[0]) { $0 + $1 } }
  }
}
