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
    let isLast = axes == [input.rank - 1]
    // By name where it is the last axis, so that a loss on these probabilities is computed from the logits.
    let activation = try scope.activation(Activation("Softmax", config: ["axis": .integer(isLast ? -1 : axes[0])]))
    // Where all is masked there is nothing to share: Keras 3 gives zeros, Keras 2 what its large negative number leaves.
    let addsToMasked = scope.kerasMajorVersion < 3
    return Forward { x, context in
      guard let mask = context.mask() else { return probabilities(x, axes, activation, &context) }
      let isKept = mask.shaped(like: x)
      if addsToMasked {
        let least = x.dtype == .float16 ? -32752 : -1e9
        return probabilities(x + (1 - isKept.cast(to: x.dtype)) * least, axes, activation, &context)
      }
      let least = Tensor.full(x.shape, x.dtype == .float16 ? -3e4 : -1e9, dtype: x.dtype)
      let y = probabilities(Tensor.select(isKept, x, least), axes, activation, &context)
      return Tensor.select(isKept, y, Tensor.zeros(like: y))
    }
  }
}

/// One activation where it is one axis; several together by their sum.
private func probabilities(
  _ x: Tensor, _ axes: [Int], _ activation: BuiltActivation, _ context: inout CallContext
) -> Tensor {
  axes.count == 1 ? activation(x, &context) : (x - x.logSumExp(axes: axes, keepDims: true)).exp()
}
