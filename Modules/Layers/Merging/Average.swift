public import TensorCore

/// The mean of two or more inputs of one shape; missing axes are put after the batch and
/// axes of 1 repeated. Keras: `Average`.
public struct Average: MergeLayer {
  public static let kind = "Average"
  public static let template = Average()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildMerge(scope, inputs) { $0.dropFirst().reduce($0[0]) { $0 + $1 } * (1 / Double($0.count)) }
  }
}
