public import TensorCore

/// What an optimizer remembers between steps: the number of steps, and per trainable weight its slots.
public struct OptimizerState: Sendable {
  public var iterations = 0
  /// `[trainable weight][slot]`
  public var slots: [[Tensor]]
  /// Of a `LossScaleOptimizer`; nil: that has taken no step, or the optimizer is another one.
  public var lossScale: LossScale?

  /// Zeros for every slot.
  public init(for optimizer: some Optimizer, weights: Weights) {
    slots = weights.trainableIndices.map { index in
      let spec = weights.keys[index].spec
      return optimizer.slotNames.map { _ in Tensor.zeros(spec.shape, dtype: spec.dtype) }
    }
  }
}
