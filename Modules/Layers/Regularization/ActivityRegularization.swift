public import TensorCore

/// Adds a penalty on what passes through to the loss. Of any shape. Keras: `ActivityRegularization`.
public struct ActivityRegularization: Layer {
  public static let kind = "ActivityRegularization"
  public static let template = ActivityRegularization()

  /// Factor of the magnitudes.
  public var l1: Double
  /// Factor of the squares.
  public var l2: Double

  public init(l1: Double = 0, l2: Double = 0) { (self.l1, self.l2) = (l1, l2) }

  public var maskRule: MaskRule { .passes }

  public var activityRegularizer: Regularizer? { .l1l2(l1: l1, l2: l2) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    return Forward(many: { inputs, _ in inputs })
  }
}
