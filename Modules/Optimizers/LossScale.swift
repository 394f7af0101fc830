package import TensorCore

/// What a `LossScaleOptimizer` remembers between steps. Keras: its variables `dynamic_scale` and `step_counter`.
public struct LossScale: Hashable, Sendable {
  /// What the loss is multiplied with, float32 as in Keras.
  public var value: Float
  /// Steps since the scale changed, none of which had a gradient that was not finite.
  public var finiteStepCount = 0

  public init(_ value: Float, finiteStepCount: Int = 0) {
    (self.value, self.finiteStepCount) = (value, finiteStepCount)
  }

  /// After a step: doubled once `growthSteps` in a row had finite gradients, halved where one had not.
  public mutating func advance(gradientsAreFinite: Bool, growthSteps: Int) {
    guard gradientsAreFinite else {
      self = LossScale(value * 0.5)
      return
    }
    // Equality, not more: as Keras, which never gets there from a file of a larger counter.
    if finiteStepCount == growthSteps - 1 {
      self = LossScale(value * 2)
    } else {
      finiteStepCount += 1
    }
  }

  /// A number that is 0 where every element of all tensors is finite, and NaN otherwise.
  ///
  /// - Parameter tensors: floats of any shapes.
  /// - Returns: float32 `[]`
  package static func probe(_ tensors: [Tensor]) -> Tensor {
    var sum = Tensor.zeros([])
    for tensor in tensors where tensor.elementCount > 0 {
      // Both propagate NaN, and an infinity is one of the two; infinity minus itself is NaN.
      let (high, low) = (tensor.max(), tensor.min())
      sum = sum + ((high - high) + (low - low)).cast(to: .float32)
    }
    return sum
  }
}
