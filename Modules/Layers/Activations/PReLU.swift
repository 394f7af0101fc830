public import TensorCore

/// x from 0 on, `alpha · x` below, with a trained slope per element. Of any shape. He et al. 2015. Keras: `PReLU`.
public struct PReLU: Layer {
  public static let kind = "PReLU"
  public static let template = PReLU()

  public var alphaInitializer = Initializer.zeros
  public var alphaRegularizer: Regularizer?
  public var alphaConstraint: Constraint?
  /// Axes, counted with the batch as 0, along which all elements have one slope.
  public var sharedAxes: KerasAxes?

  public init(sharedAxes: KerasAxes? = nil) { self.sharedAxes = sharedAxes }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    var sizes = input.shape.array
    if let sharedAxes {
      for axis in try sharedAxes.resolved(in: input.shape, of: Self.kind, "shared_axes") { sizes[axis] = 1 }
    }
    let alpha = scope.weight(
      "alpha", Shape(Array(sizes.dropFirst())), alphaInitializer, regularizer: alphaRegularizer,
      constraint: alphaConstraint)
    return Forward { x, context in x.relu() - context[alpha] * (-x).relu() }
  }
}
