internal import TensorCore

/// Steps through a sequence with states, as Keras's recurrent layers do.
struct StepLoop: Sendable {
  let goBackwards: Bool
  let returnSequences: Bool
  let zeroOutputForMask: Bool

  /// The output, of the last step or of all, `[batch, time, ...]`, then the final states.
  ///
  /// - Parameters:
  ///   - steps: how many there are.
  ///   - states: the initial ones.
  ///   - mask: bool `[batch, time]`; a masked step leaves states and output as they are.
  ///   - empty: the output of a step, zeros: what comes out before the first.
  ///   - step: from the place in the sequence and the states to the output and the new states.
  func run(
    steps: Int, states: [Tensor], mask: Tensor?, empty: Tensor, step: (Int, [Tensor]) -> [Tensor]
  ) -> [Tensor] {
    var (states, output, outputs) = (states, empty, [Tensor]())
    for index in 0..<steps {
      let place = goBackwards ? steps - 1 - index : index
      var next = step(place, states)
      let made = next.removeFirst()
      if let mask {
        let isTaken = mask.sliced(axis: 1, place..<place + 1)
        output = Self.select(isTaken, made, zeroOutputForMask ? empty : output)
        states = zip(next, states).map { Self.select(isTaken, $0, $1) }
      } else {
        (output, states) = (made, next)
      }
      if returnSequences { outputs.append(output) }
    }
    guard returnSequences else { return [output] + states }
    guard outputs.isEmpty else { return [Tensor.stack(outputs, axis: 1)] + states }
    var shape = empty.shape.array
    shape.insert(0, at: 1)
    return [Tensor.zeros(Shape(shape), dtype: empty.dtype)] + states
  }

  /// - Parameter isTaken: `[batch, 1]`
  private static func select(_ isTaken: Tensor, _ new: Tensor, _ old: Tensor) -> Tensor {
    let ones = [Int](repeating: 1, count: max(new.rank - 1, 0))
    return Tensor.select(isTaken.reshaped(Shape([isTaken.shape[0]] + ones)), new, old)
  }
}
