public import TensorCore

/// The first of two inputs of one shape less the second; missing axes are put after the batch and
/// axes of 1 repeated. Keras: `Subtract`.
public struct Subtract: MergeLayer {
  public static let kind = "Subtract"
  public static let template = Subtract()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildMerge(scope, inputs, count: 2...2) { $0[0] - $0[1] }
  }
}
