public import TensorCore

/// A tensor that a rule keeps for one weight, as it is before the first step.
public struct OptimizerSlot: Sendable {
  /// One of `Optimizer.slotNames`.
  public var name: String
  public var tensor: Tensor
  /// Whether it begins as a copy of the weight, in place of `tensor`.
  var copiesWeight = false

  public init(_ name: String, _ tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }

  /// A slot of the weight's shape and dtype.
  ///
  /// - Parameters:
  ///   - name: one of `Optimizer.slotNames`.
  ///   - key: the weight.
  ///   - value: of every element.
  public init(_ name: String, for key: WeightKey, filledWith value: Double = 0) {
    self.init(name, Tensor.full(key.spec.shape, value, dtype: key.spec.dtype))
  }

  /// A slot that begins as a copy of the weight.
  ///
  /// - Parameters:
  ///   - name: one of `Optimizer.slotNames`.
  ///   - key: the weight.
  public init(copyOfWeight name: String, for key: WeightKey) {
    self.init(name, for: key)
    copiesWeight = true
  }
}
