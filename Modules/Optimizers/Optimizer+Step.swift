public import TensorCore

extension Optimizer {
  /// One step on all trainable weights, in place: clips the gradients, decays the weights, applies the rule; with
  /// accumulation of gradients all that happens in every `gradientAccumulationSteps`-th step only.
  ///
  /// - Parameters:
  ///   - weights: a model's weights; those that are not trainable are left alone.
  ///   - gradients: one per trainable weight, in order.
  ///   - state: made by `OptimizerState.init(for:weights:)` for these weights.
  public func step(_ weights: inout Weights, gradients: Weights, state: inout OptimizerState) {
    let indices = weights.trainableIndices
    CoreError.require(
      gradients.count == indices.count && state.slots.count == indices.count, .shapeMismatch,
      "found \(gradients.count) gradients and state for \(state.slots.count) weights, expected \(indices.count)")
    let phase = StepPhase(settings, after: state.iterations)
    let extras = state.removeExtras(settings)
    var (averages, sums) = extras
    let unscaled = settings.unscaled(gradients.tensors)
    if phase.updates {
      let whole = settings.mean(of: unscaled, and: &sums)
      update(&weights, indices, gradients: settings.clipped(whole), &state)
    } else {
      for index in sums.indices { sums[index] = settings.added(sums[index], unscaled[index]) }
    }
    if !averages.isEmpty {
      let momentum = Tensor(settings.averageMomentum(after: state.iterations))
      for (position, index) in indices.enumerated() {
        averages[position] = settings.averaged(averages[position], weights.tensors[index], momentum: momentum)
        if phase.overwrites { weights.tensors[index] = averages[position] }
      }
    }
    state.append(extras: averages, sums)
    state.iterations += 1
  }

  private func update(
    _ weights: inout Weights, _ indices: [Int], gradients: [Tensor], _ state: inout OptimizerState
  ) {
    let rule = atStep(after: state.iterations)
    let step = settings.updateCount(after: state.iterations) + 1
    for (position, index) in indices.enumerated() {
      let factor = settings.learningRateFactor(for: weights.keys[index])
      let before = factor == nil ? nil : weights.tensors[index]
      defer { if let before { weights.tensors[index] = weights.tensors[index].scaled(by: factor, from: before) } }
      if let decay = weightDecay(for: weights.keys[index]) {
        weights.tensors[index].decay(by: decay * rule.learningRate)
      }
      guard weights.tensors[index].dtype.isHalf else {
        rule.update(
          &weights.tensors[index], gradient: gradients[position], slots: &state.slots[position], step: step)
        continue
      }
      rule.updateHalf(
        &weights.tensors[index], gradient: gradients[position], slots: &state.slots[position], step: step)
    }
  }

  /// The update of 16-bit weights and slots: calculated in float32, rounded once.
  private func updateHalf(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    let half = weight.dtype
    weight = weight.cast(to: .float32)
    slots = slots.map { $0.cast(to: .float32) }
    update(&weight, gradient: gradient.cast(to: .float32), slots: &slots, step: step)
    weight = weight.cast(to: half)
    slots = slots.map { $0.cast(to: half) }
  }
}

extension Tensor {
  /// w ← w − rate·w. The gradient of the update is the weight itself, as it was.
  fileprivate mutating func decay(by rate: Double) {
    self = self * (1 - rate)
  }
}
