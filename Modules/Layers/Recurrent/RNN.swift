public import TensorCore

/// A cell repeated along a sequence. Keras: `RNN`.
///
/// `[batch, time, features] -> [batch, units]`, or `[batch, time, units]` with `returnSequences`; with `returnState` the
/// final states too. Called on several inputs, those after the first are the initial states. A masked step leaves states
/// and output as they are.
public struct RNN: SequenceLayer {
  public static let kind = "RNN"
  public static let template = RNN(LSTMCell(units: 1))
  public static let requiredKeys = ["cell"]

  public var returnSequences = false
  public var returnState = false
  public var goBackwards = false
  public var stateful = false
  /// Of no effect here: every step is computed alike.
  public var unroll = false
  public var zeroOutputForMask = false
  public var cell: NestedLayer

  public init(
    _ cell: any RecurrentCellLayer, returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false
  ) {
    self.cell = NestedLayer(cell)
    (self.returnSequences, self.returnState, self.goBackwards) = (returnSequences, returnState, goBackwards)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    guard let layer = cell.layer as? any RecurrentCellLayer else {
      throw CoreError(.invalidConfig, "RNN: found \(cell.node.kind), expected a recurrent cell")
    }
    let sizes = layer.stateSizes
    guard inputs.count == 1 || inputs.count == 1 + sizes.count, inputs[0].rank >= 3 else {
      let found = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: ", ")
      throw CoreError(
        .shapeMismatch, "RNN: found inputs \(found), expected a sequence, or a sequence and \(sizes.count) states")
    }
    try expect(
      !stateful, "stateful", stateful, "false: carry states from call to call with return_state and initial_state")
    let sequence = inputs[0].shape
    let x = TensorSpec(Shape([sequence[0]] + sequence.array.dropFirst(2)), inputs[0].dtype)
    let states = sizes.map { TensorSpec([sequence[0], $0], inputs[0].dtype) }
    let child = try scope.nested(cell, inputs: [x] + states)
    let steps = RepeatedCell(
      cell: child, sizes: sizes, goBackwards: goBackwards, returnSequences: returnSequences,
      zeroOutputForMask: zeroOutputForMask)
    let (returnSequences, returnState) = (returnSequences, returnState)
    return Forward(many: { inputs, context in
      let mask = context.mask()
      let outputs = steps.run(inputs, mask, &context)
      context.masks = [returnSequences ? mask : nil]
      return returnState ? outputs : [outputs[0]]
    })
  }
}

/// A cell called step by step.
private struct RepeatedCell: Sendable {
  let cell: BuiltLayer
  let sizes: [Int]
  let goBackwards: Bool
  let returnSequences: Bool
  let zeroOutputForMask: Bool

  /// The output, then the final states.
  func run(_ inputs: [Tensor], _ mask: Tensor?, _ context: inout CallContext) -> [Tensor] {
    let x = inputs[0]
    let (batch, steps) = (x.shape[0], x.shape[1])
    var states =
      inputs.count > 1 ? Array(inputs.dropFirst()) : sizes.map { Tensor.zeros([batch, $0], dtype: x.dtype) }
    let random = context.random
    var (outputs, output): ([Tensor], Tensor?) = ([], nil)
    for index in 0..<steps {
      let place = goBackwards ? steps - 1 - index : index
      let step = x.sliced(axis: 1, place..<place + 1).squeezed(axis: 1)
      // The same dropouts at every step.
      context.random = random
      context.masks = []
      var next = cell.forward([step] + states, &context)
      let made = next.removeFirst()
      if let mask {
        let isTaken = mask.sliced(axis: 1, place..<place + 1)
        let other = zeroOutputForMask ? nil : output
        output = Tensor.select(isTaken, made, other ?? Tensor.zeros(like: made))
        states = zip(next, states).map { Tensor.select(isTaken, $0, $1) }
      } else {
        (output, states) = (made, next)
      }
      if returnSequences, let output { outputs.append(output) }
    }
    let units = cell.outputs[0].shape.array.dropFirst()
    guard returnSequences else {
      return [output ?? Tensor.zeros(Shape([batch] + units), dtype: x.dtype)] + states
    }
    let empty = Tensor.zeros(Shape([batch, 0] + units), dtype: x.dtype)
    return [outputs.isEmpty ? empty : Tensor.stack(outputs, axis: 1)] + states
  }
}
