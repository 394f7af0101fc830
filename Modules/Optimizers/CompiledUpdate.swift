package import TensorCore

/// An optimizer's step on all trainable weights as operations, with the numbers that differ from step to step as one
/// argument, float64 `[count]`.
///
/// The numbers are the momentum of the averages; per decay among the weights the share that it leaves of them; per dtype
/// among the weights what the rule wants.
package struct CompiledUpdate {
  private let keys: [WeightKey]
  /// In which the rule calculates; 16-bit weights are calculated in float32.
  private let dtypes: [DType]
  /// Per weight, nil: none.
  private let decays: [Double?]
  private let distinctDecays: [Double]
  /// How many numbers the argument has.
  package let count: Int

  /// - Parameters:
  ///   - optimizer: the rule.
  ///   - keys: of the trainable weights.
  package init(_ optimizer: some CompilableOptimizer, keys: [WeightKey]) {
    var (dtypes, distinct): ([DType], [Double]) = ([], [])
    decays = keys.map { optimizer.weightDecay(for: $0) }
    for decay in decays.compactMap(\.self) where !distinct.contains(decay) { distinct.append(decay) }
    for dtype in keys.map(Self.dtype) where !dtypes.contains(dtype) { dtypes.append(dtype) }
    (self.keys, self.dtypes, distinctDecays) = (keys, dtypes, distinct)
    count = dtypes.reduce(1 + distinct.count) { $0 + optimizer.stepNumbers(1, dtype: $1).count }
  }

  private static func dtype(_ key: WeightKey) -> DType { key.spec.dtype.isHalf ? .float32 : key.spec.dtype }

  /// Writes the numbers of the step after this many.
  ///
  /// - Parameters:
  ///   - optimizer: the rule, whose learning rate may have changed.
  ///   - iterations: the steps so far.
  ///   - numbers: as many as `count` afterwards.
  package func write(_ optimizer: some CompilableOptimizer, after iterations: Int, to numbers: inout [Double]) {
    let (settings, rule) = (optimizer.settings, optimizer.atStep(after: iterations))
    numbers.removeAll(keepingCapacity: true)
    numbers.append(settings.averageMomentum(after: iterations))
    for decay in distinctDecays { numbers.append(1 - decay * rule.learningRate) }
    let step = settings.updateCount(after: iterations) + 1
    for dtype in dtypes { rule.addStepNumbers(step, dtype: dtype, to: &numbers) }
  }

  /// What a step does to all trainable weights.
  ///
  /// - Parameters:
  ///   - optimizer: the rule.
  ///   - phase: of the step.
  ///   - weights: the trainable weights.
  ///   - gradients: one per weight.
  ///   - slots: per weight, in the order of `OptimizerState.slots`.
  ///   - argument: the numbers.
  /// - Returns: per weight, the new weight and its new slots.
  package func updated(
    _ optimizer: some CompilableOptimizer, _ phase: StepPhase, _ weights: [Tensor], gradients: [Tensor],
    slots: [[Tensor]], argument: Tensor
  ) -> [[Tensor]] {
    let settings = optimizer.settings
    var numbers = (0..<count).map { argument.sliced(axis: 0, $0..<$0 + 1).reshaped(Shape()) }[...]
    let momentum = numbers.removeFirst()
    var state = OptimizerState(slots: slots)
    var (averages, sums) = state.removeExtras(settings)
    let unscaled = settings.unscaled(gradients)
    var weights = weights
    if phase.updates {
      let clipped = settings.clipped(settings.mean(of: unscaled, and: &sums))
      let places = places(optimizer, Array(numbers))
      for index in keys.indices {
        let new = places[index].updated(optimizer, weights[index], clipped[index], state.slots[index])
        weights[index] = new[0].scaled(by: settings.learningRateFactor(for: keys[index]), from: weights[index])
        state.slots[index] = Array(new.dropFirst())
      }
    } else {
      for index in sums.indices { sums[index] = settings.added(sums[index], unscaled[index]) }
    }
    for index in averages.indices {
      averages[index] = settings.averaged(averages[index], weights[index], momentum: momentum)
      if phase.overwrites { weights[index] = settings.copied(averages[index]) }
    }
    state.append(extras: averages, sums)
    return keys.indices.map { [weights[$0]] + state.slots[$0] }
  }

  /// The numbers of every weight.
  private func places(_ optimizer: some CompilableOptimizer, _ numbers: [Tensor]) -> [UpdateNumbers] {
    var wide: [DType: [Tensor]] = [:]
    var next = distinctDecays.count
    for dtype in dtypes {
      let count = optimizer.stepNumbers(1, dtype: dtype).count
      wide[dtype] = Array(numbers[next..<next + count])
      next += count
    }
    let narrow = wide.reduce(into: [DType: [Tensor]]()) { narrow, entry in
      narrow[entry.key] = optimizer is any FusedOptimizer ? [] : entry.value.map { $0.cast(to: entry.key) }
    }
    return keys.indices.map { index in
      let dtype = Self.dtype(keys[index])
      let share = decays[index].flatMap { distinctDecays.firstIndex(of: $0) }.map { numbers[$0] }
      return UpdateNumbers(wide: wide[dtype] ?? [], narrow: narrow[dtype] ?? [], share: share)
    }
  }
}

/// The numbers of a step for one weight.
private struct UpdateNumbers {
  /// The rule's, float64.
  let wide: [Tensor]
  /// The same in the dtype in which the rule calculates.
  let narrow: [Tensor]
  /// What weight decay leaves of the weight, float64.
  let share: Tensor?

  func updated(
    _ optimizer: some CompilableOptimizer, _ weight: Tensor, _ gradient: Tensor, _ slots: [Tensor]
  ) -> [Tensor] {
    guard weight.dtype.isHalf else { return updatedWide(optimizer, weight, gradient, slots) }
    // Calculated in float32, rounded once.
    let new = updatedWide(
      optimizer, weight.cast(to: .float32), gradient.cast(to: .float32), slots.map { $0.cast(to: .float32) })
    return new.map { $0.cast(to: weight.dtype) }
  }

  private func updatedWide(
    _ optimizer: some CompilableOptimizer, _ weight: Tensor, _ gradient: Tensor, _ slots: [Tensor]
  ) -> [Tensor] {
    if let fused = optimizer as? any FusedOptimizer {
      return fused.updated(weight, gradient: gradient, slots: slots, numbers: wide, share: share)
    }
    let decayed = share.map { weight * $0.cast(to: weight.dtype) } ?? weight
    return optimizer.updated(decayed, gradient: gradient, slots: slots, numbers: narrow)
  }
}
