public import TensorCore

/// What an optimizer remembers between steps: the number of steps, and per trainable weight its slots.
public struct OptimizerState: Sendable {
  /// Steps so far, those that only add up gradients included.
  public var iterations = 0
  /// `[trainable weight][slot]`: those of the rule (`Optimizer.initialSlots(for:)`), then the average of the weight if the
  /// settings ask for averages, then the sum of its gradients if they ask for accumulation.
  public var slots: [[Tensor]]
  /// Of a `LossScaleOptimizer`; nil: that has taken no step, or the optimizer is another one.
  public var lossScale: LossScale?

  /// The state before the first step.
  ///
  /// - Parameters:
  ///   - optimizer: whose slots these are.
  ///   - weights: what it is to train.
  public init(for optimizer: some Optimizer, weights: Weights) {
    let extras = optimizer.ruleSettings.extraSlotCount
    slots = weights.trainableIndices.map { index in
      let key = weights.keys[index]
      let zeros = (0..<extras).map { _ in Tensor.zeros(key.spec.shape, dtype: key.spec.dtype) }
      let own = optimizer.initialSlots(for: key)
      return own.map { $0.copiesWeight ? weights.tensors[index] : $0.tensor } + zeros
    }
  }
}

// MARK: - Averages of weights

extension OptimizerState {
  /// The moving averages of the trainable weights; nil where the optimizer keeps none.
  ///
  /// - Parameter optimizer: the one whose state this is.
  public func averages(of optimizer: any Optimizer) -> [Tensor]? {
    let settings = optimizer.ruleSettings
    guard settings.useEMA else { return nil }
    return slots.map { $0[$0.count - settings.extraSlotCount] }
  }

  /// Puts the averages in the place of the trainable weights; nothing where the optimizer keeps none, or has taken no step.
  /// Keras: `Optimizer.finalize_variable_values`.
  ///
  /// - Parameters:
  ///   - weights: the model's.
  ///   - optimizer: the one whose state this is.
  public func overwrite(_ weights: inout Weights, withAveragesOf optimizer: any Optimizer) {
    if let multi = optimizer.rule as? MultiOptimizer {
      guard iterations > 0 else { return }
      for (inner, group) in zip(multi.optimizers, multi.groups(of: weights)) where inner.settings.useEMA {
        for (position, index) in zip(group.positions, group.indices) {
          weights.tensors[index] = slots[position][slots[position].count - inner.settings.extraSlotCount]
        }
      }
      return
    }
    guard iterations > 0, let averages = averages(of: optimizer) else { return }
    for (average, index) in zip(averages, weights.trainableIndices) { weights.tensors[index] = average }
  }

  /// Exchanges the trainable weights and their averages; a second call undoes the first. Nothing where the optimizer keeps
  /// none, or has taken no step. Keras: what the callback `SwapEMAWeights` does.
  ///
  /// - Parameters:
  ///   - weights: the model's.
  ///   - optimizer: the one whose state this is.
  public mutating func swapAverages(with weights: inout Weights, of optimizer: any Optimizer) {
    let settings = optimizer.ruleSettings
    guard settings.useEMA, iterations > 0 else { return }
    for (position, index) in weights.trainableIndices.enumerated() {
      let place = slots[position].count - settings.extraSlotCount
      swap(&slots[position][place], &weights.tensors[index])
    }
  }
}

// MARK: - Slots that all optimizers may have

extension OptimizerSettings {
  /// How many slots a weight has besides those of the rule.
  package var extraSlotCount: Int { (useEMA ? 1 : 0) + (gradientAccumulationSteps == nil ? 0 : 1) }
}

extension OptimizerState {
  init(slots: [[Tensor]]) { self.slots = slots }

  /// Takes out the averages and the sums of gradients, so that the slots of the rule are left; empty where there are none.
  mutating func removeExtras(_ settings: OptimizerSettings) -> (averages: [Tensor], sums: [Tensor]) {
    var (averages, sums): ([Tensor], [Tensor]) = ([], [])
    guard settings.extraSlotCount > 0 else { return (averages, sums) }
    for index in slots.indices {
      if settings.gradientAccumulationSteps != nil { sums.append(slots[index].removeLast()) }
      if settings.useEMA { averages.append(slots[index].removeLast()) }
    }
    return (averages, sums)
  }

  mutating func append(extras averages: [Tensor], _ sums: [Tensor]) {
    for index in averages.indices { slots[index].append(averages[index]) }
    for index in sums.indices { slots[index].append(sums[index]) }
  }
}

extension Optimizer {
  /// The rule that changes the weights: the inner optimizer of one that scales the loss.
  package var rule: any Optimizer { (self as? LossScaleOptimizer)?.innerOptimizer ?? self }

  /// The rule's settings, without a copy of the rule.
  package var ruleSettings: OptimizerSettings { (self as? LossScaleOptimizer)?.innerOptimizer.settings ?? settings }
}
