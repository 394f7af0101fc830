public import TensorCore

/// Scales so that the squares along one axis, or several together, sum to 1. Of any shape. Keras: `UnitNormalization`.
public struct UnitNormalization: Layer {
  public static let kind = "UnitNormalization"
  public static let template = UnitNormalization()

  public var axis: KerasAxes = -1

  public init(axis: KerasAxes = -1) { self.axis = axis }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    let axes = try axis.resolved(in: input.shape, of: Self.kind)
    return Forward { x, _ in x.unitLength(axes: axes) }
  }
}
