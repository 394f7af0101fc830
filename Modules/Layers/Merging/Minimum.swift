public import TensorCore

/// The smallest of two or more inputs of one shape; missing axes are put after the batch and
/// axes of 1 repeated. Keras: `Minimum`.
public struct Minimum: MergeLayer {
  public static let kind = "Minimum"
  public static let template = Minimum()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildMerge(scope, inputs, masked: { Self.merged($0, $1) { $0.minimum($1) } }) {
      $0.dropFirst().reduce($0[0]) { $0.minimum($1) }
    }
  }
}
