/// What `RecurrentSequence` computes, step by step in elementary operations: slow, but differentiable to any order, and
/// free in its activations and dropouts.
public struct RecurrentComposition {
  public var cell: RecurrentCell
  public var options: RecurrentOptions
  /// `[batch, units]` to the same.
  public var activation: (Tensor) -> Tensor
  public var recurrentActivation: (Tensor) -> Tensor
  /// What x is multiplied by, `[batch, features]`: none, one, or one per gate.
  public var inputFactors: [Tensor] = []
  /// What h is multiplied by on its way into the gates, `[batch, units]`: none, one, or one per gate.
  public var stateFactors: [Tensor] = []

  /// - Parameters:
  ///   - cell: what happens at a step.
  ///   - options: as for the operations; the workspace and the activations are not looked at.
  ///   - activation: nil means the one in the options.
  ///   - recurrentActivation: nil means the one in the options.
  public init(
    _ cell: RecurrentCell, _ options: RecurrentOptions, activation: ((Tensor) -> Tensor)? = nil,
    recurrentActivation: ((Tensor) -> Tensor)? = nil
  ) {
    (self.cell, self.options) = (cell, options)
    self.activation = activation ?? { $0.activated(options.activation) }
    self.recurrentActivation = recurrentActivation ?? { $0.activated(options.recurrentActivation) }
  }

  /// The operation's outputs but for the workspace: the output, then the final states.
  public func callAsFunction(_ inputs: [Tensor]) -> [Tensor] {
    let positions = RecurrentInputs(options, stateCount: cell.stateCount)
    let (x, recurrentKernel) = (inputs[positions.x], inputs[positions.recurrentKernel])
    let (batch, steps, units) = (x.shape[0], x.shape[1], recurrentKernel.shape[0])
    let zero = Tensor.zeros([batch, units], dtype: x.dtype)
    var states =
      positions.initialStates.map { Array(inputs[$0]) } ?? Array(repeating: zero, count: cell.stateCount)
    let weights = StepWeights(
      kernels: recurrentKernel.split(count: cell.gateCount, axis: 1),
      biases: innerBiases(positions.bias.map { inputs[$0] }))
    let projected = project(x, inputs[positions.kernel], positions.bias.map { inputs[$0] })
    var (outputs, output): ([Tensor], Tensor) = ([], zero)
    for index in 0..<steps {
      let place = options.goBackwards ? steps - 1 - index : index
      let gates = projected.map { $0.sliced(axis: 1, place..<place + 1).squeezed(axis: 1) }
      let next = step(gates, states, weights)
      if let position = positions.mask {
        let isTaken = inputs[position].sliced(axis: 1, place..<place + 1)
        output = Tensor.select(isTaken, next[0], options.zeroOutputForMask ? zero : output)
        states = zip(next, states).map { Tensor.select(isTaken, $0, $1) }
      } else {
        (output, states) = (next[0], next)
      }
      outputs.append(output)
    }
    guard options.returnsSequences else { return [output] + states }
    let empty = Tensor.zeros([batch, 0, units], dtype: x.dtype)
    return [outputs.isEmpty ? empty : Tensor.stack(outputs, axis: 1)] + states
  }

  /// Per gate.
  private struct StepWeights {
    let kernels: [Tensor]
    /// Of the recurrent product itself; empty where it has none.
    let biases: [Tensor]
  }

  private func innerBiases(_ bias: Tensor?) -> [Tensor] {
    guard cell == .gru(resetAfter: true), let bias else { return [] }
    return bias.sliced(axis: 0, 1..<2).squeezed(axis: 0).split(count: cell.gateCount, axis: 0)
  }

  /// x W + b of every step, `[batch, time, units]` per gate.
  private func project(_ x: Tensor, _ kernel: Tensor, _ bias: Tensor?) -> [Tensor] {
    let bias = cell == .gru(resetAfter: true) ? bias?.sliced(axis: 0, 0..<1).squeezed(axis: 0) : bias
    let count = cell.gateCount
    guard !inputFactors.isEmpty else { return x.linear(kernel, bias).split(count: count, axis: 2) }
    let factors = inputFactors.map { $0.reshaped([$0.shape[0], 1, $0.shape[1]]) }
    let (kernels, biases) = (kernel.split(count: count, axis: 1), bias?.split(count: count, axis: 0))
    return (0..<count).map { gate in
      (x * factors[gate % factors.count]).linear(kernels[gate], biases?[gate])
    }
  }

  /// The states after a step; the first is its output.
  private func step(_ gates: [Tensor], _ states: [Tensor], _ weights: StepWeights) -> [Tensor] {
    let h = states[0]
    func factored(_ gate: Int) -> Tensor {
      stateFactors.isEmpty ? h : h * stateFactors[gate % stateFactors.count]
    }
    func inner(_ gate: Int) -> Tensor {
      let product = factored(gate).matmul(weights.kernels[gate])
      return weights.biases.isEmpty ? product : product + weights.biases[gate]
    }
    switch cell {
    case .simple: return [activation(gates[0] + inner(0))]
    case .lstm:
      let input = recurrentActivation(gates[0] + inner(0))
      let forget = recurrentActivation(gates[1] + inner(1))
      let c = forget * states[1] + input * activation(gates[2] + inner(2))
      return [recurrentActivation(gates[3] + inner(3)) * activation(c), c]
    case .gru(let resetAfter):
      let update = recurrentActivation(gates[0] + inner(0))
      let reset = recurrentActivation(gates[1] + inner(1))
      let product = resetAfter ? reset * inner(2) : (reset * factored(2)).matmul(weights.kernels[2])
      return [update * h + (1 - update) * activation(gates[2] + product)]
    }
  }
}
