public import TensorCore

/// The largest of two or more inputs of one shape; missing axes are put after the batch and
/// axes of 1 repeated. Keras: `Maximum`.
public struct Maximum: MergeLayer {
  public static let kind = "Maximum"
  public static let template = Maximum()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildMerge(scope, inputs, masked: { Self.merged($0, $1) { $0.maximum($1) } }) {
      $0.dropFirst().reduce($0[0]) { $0.maximum($1) }
    }
  }
}
