public import TensorCore

/// An optimizer whose update can be an operation, and so part of a compiled training step.
///
/// What changes from step to step (the learning rate, the number of the step) comes in as numbers, so that a schedule needs
/// no new plan; all other settings are fixed in the operation. The results are those of `update`, bit for bit.
public protocol CompilableOptimizer: Optimizer, Hashable {
  /// The numbers that `updated` is given for a step, computed anew for each.
  ///
  /// - Parameters:
  ///   - step: the number of the step, from 1.
  ///   - dtype: of the weights: each precision has numbers of its own.
  func stepNumbers(_ step: Int, dtype: DType) -> [Double]

  /// The weight and slots after one step, weight decay included, as results of operations.
  ///
  /// - Parameters:
  ///   - weight: the weight.
  ///   - gradient: of the weight's shape and dtype, clipped already.
  ///   - slots: one tensor per slot name, of the weight's shape.
  ///   - numbers: `stepNumbers`, float64 `[]` each; then, where the settings have a weight decay, the share of the weight
  ///     that it leaves.
  /// - Returns: the new weight, then the new slots.
  func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor]
}

extension CompilableOptimizer {
  /// All numbers of a step: those of the rule and the share of the weights that weight decay leaves.
  package func numbers(_ step: Int, dtype: DType) -> [Double] {
    stepNumbers(step, dtype: dtype) + (settings.weightDecay.map { [1 - $0 * learningRate] } ?? [])
  }

  /// Whether both take the same steps but for the learning rate.
  package func hasRule(of other: any Optimizer) -> Bool {
    guard var other = other as? Self else { return false }
    other.learningRate = learningRate
    return self == other
  }

  /// What `step` does to all trainable weights, as operations.
  ///
  /// - Parameters:
  ///   - weights: the trainable weights.
  ///   - gradients: one per weight.
  ///   - slots: per weight.
  ///   - numbers: `numbers(_:dtype:)` as tensors, for every dtype among the weights.
  /// - Returns: per weight, the new weight and its new slots.
  package func updated(
    _ weights: [Tensor], gradients: [Tensor], slots: [[Tensor]], numbers: [DType: [Tensor]]
  ) -> [[Tensor]] {
    let clipped = settings.clipped(gradients)
    return weights.indices.map { index in
      let (weight, numbers) = (weights[index], numbers[weights[index].dtype] ?? [])
      guard weight.dtype.isHalf else {
        return updated(weight, gradient: clipped[index], slots: slots[index], numbers: numbers)
      }
      // Calculated in float32, rounded once.
      let wide = updated(
        weight.cast(to: .float32), gradient: clipped[index].cast(to: .float32),
        slots: slots[index].map { $0.cast(to: .float32) }, numbers: numbers)
      return wide.map { $0.cast(to: weight.dtype) }
    }
  }
}
