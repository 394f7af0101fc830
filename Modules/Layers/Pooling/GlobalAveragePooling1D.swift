public import TensorCore

/// The mean over all steps, or those that a mask leaves: `[batch, steps, channels] -> [batch, channels]`, or
/// `[batch, 1, channels]` with `keepdims`. Keras: `GlobalAveragePooling1D`.
public struct GlobalAveragePooling1D: GlobalPoolingLayer {
  public static let kind = "GlobalAveragePooling1D"
  public static let template = GlobalAveragePooling1D()

  public var dataFormat: DataFormat? = .channelsLast
  public var keepdims = false

  public init(keepdims: Bool = false) { self.keepdims = keepdims }

  static let spatialRank = 1

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let axes = try pooledAxes(inputs)
    let keepdims = keepdims
    // A sample without steps is NaN in both; in Keras 2 its gradient is too, and masked steps that are NaN stay so.
    let multiplies = scope.kerasMajorVersion < 3
    return Forward { x, context in
      guard let mask = context.mask() else { return x.mean(axes: axes, keepDims: keepdims) }
      context.masks = []
      let isStep = mask.expandingDims(at: axes == [1] ? 2 : 1)
      let steps = isStep.cast(to: x.dtype)
      let kept = multiplies ? x * steps : Tensor.select(isStep.broadcast(to: x.shape), x, Tensor.zeros(like: x))
      let count = steps.sum(axes: axes, keepDims: keepdims)
      return kept.sum(axes: axes, keepDims: keepdims) / count
    }
  }
}
