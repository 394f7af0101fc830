public import TensorCore

extension SimpleRNNSequence: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { gradients(p) }
}

extension LSTMSequence: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { gradients(p) }
}

extension GRUSequence: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { gradients(p) }
}

extension RecurrentSequence {
  /// Back through all steps in one operation. What kept no workspace is run again with one.
  func gradients(_ p: Pullback) -> [Tensor?] {
    let positions = positions
    let weights = [positions.kernel, positions.recurrentKernel] + (positions.bias.map { [$0] } ?? [])
    let stateGradients = 1..<1 + cell.stateCount
    let gradient = RecurrentGradient(
      self, hasOutputGradient: p.outputGradients[0] != nil,
      hasStateGradients: stateGradients.contains { p.outputGradients[$0] != nil },
      wantsInput: p.needs[positions.x], wantsWeights: weights.contains { p.needs[$0] },
      wantsStates: (positions.initialStates ?? 0..<0).contains { p.needs[$0] })
    var results = [Tensor?](repeating: nil, count: p.inputs.count)
    guard gradient.outputCount > 0, gradient.hasOutputGradient || gradient.hasStateGradients else { return results }
    let outputs = options.keepsWorkspace ? p.outputs : Tensor.apply(gradient.forward, p.inputs)
    var arguments = p.inputs + outputs
    if gradient.hasOutputGradient { arguments.append(p.gradient(0)) }
    if gradient.hasStateGradients { arguments += stateGradients.map { p.gradient($0) } }
    for (position, result) in zip(gradient.gradientPositions, Tensor.apply(gradient, arguments)) {
      results[position] = result
    }
    return results
  }
}

extension RecurrentGradient: DifferentiableOperation {
  /// Second derivatives are rare: those of the same recurrence in elementary operations. The forward pass's outputs
  /// follow from its inputs, which therefore get everything.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let forward = forward
    let floating = Array(0..<(forward.positions.mask ?? outputsPosition))
    let cotangents = (outputGradientPosition.map { [$0] } ?? []) + Array(stateGradientPositions ?? 0..<0)
    let (_, pull) = vectorJacobianProduct(at: (floating + cotangents).map { p.inputs[$0] }) { arguments in
      composition(Array(arguments[..<floating.count]), Array(arguments[floating.count...]), mask: p.inputs)
    }
    var results = [Tensor?](repeating: nil, count: p.inputs.count)
    let gradients = pull(p.outputs.indices.map { p.gradient($0) })
    for (position, gradient) in zip(floating + cotangents, gradients) { results[position] = gradient }
    return results
  }

  /// The wanted gradients as a function of the forward pass's floating inputs and of the cotangents that there are.
  private func composition(_ point: [Tensor], _ given: [Tensor], mask inputs: [Tensor]) -> [Tensor] {
    let composition = RecurrentComposition(forward.cell, forward.options)
    let mask = forward.positions.mask.map { [inputs[$0]] } ?? []
    let (values, pull) = vectorJacobianProduct(at: point) { composition($0 + mask) }
    var cotangents = values.map { Tensor.zeros(like: $0) }
    if hasOutputGradient { cotangents[0] = given[0] }
    if hasStateGradients { cotangents.replaceSubrange(1..., with: given.suffix(forward.cell.stateCount)) }
    let gradients = pull(cotangents)
    return gradientPositions.map { gradients[$0] }
  }
}
