public import TensorCore

/// Exponentials that sum to 1 along one axis, or several together. Of any shape. Keras: `Softmax`.
public struct Softmax: Layer {
  public static let kind = "Softmax"
  public static let template = Softmax()

  public var axis: KerasAxes = -1

  public init(axis: KerasAxes = -1) { self.axis = axis }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let axes = try axis.resolved(in: input.shape, of: Self.kind)
    guard axes.count > 1 else {
      // By name where it is the last axis, so that a loss on these probabilities is computed from the logits.
      let last = axes[0] == input.rank - 1 ? -1 : axes[0]
      let activation = try scope.activation(Activation("Softmax", config: ["axis": .integer(last)]))
      return Forward { x, context in activation(x, &context) }
    }
    return Forward { x, _ in (x - x.logSumExp(axes: axes, keepDims: true)).exp() }
  }
}
