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
  /// Whether each batch goes on from the states in which the one before it ended (`Model.resetStates`).
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
    let sequence = inputs[0].shape
    let x = TensorSpec(Shape([sequence[0]] + sequence.array.dropFirst(2)), inputs[0].dtype)
    let states = sizes.map { TensorSpec([sequence[0], $0], inputs[0].dtype) }
    let child = try scope.nested(cell, inputs: [x] + states)
    let kept = try keptStates(&scope, sizes.map { [$0] })
    let loop = StepLoop(
      goBackwards: goBackwards, returnSequences: returnSequences, zeroOutputForMask: zeroOutputForMask)
    let (units, ignoresMask) = (child.outputs[0].shape.array.dropFirst(), ignoresMask(scope, inputs))
    let (returnSequences, returnState) = (returnSequences, returnState)
    return Forward(many: { inputs, context in
      let (x, mask, random) = (inputs[0], context.mask(), context.random)
      let acting = context.sequenceMask(ignoresMask: ignoresMask)
      let start = sizes.enumerated().map { index, size in
        kept.isEmpty ? Tensor.zeros([x.shape[0], size], dtype: x.dtype) : context[kept[index]]
      }
      let outputs = loop.run(
        steps: x.shape[1], states: inputs.count > 1 ? Array(inputs.dropFirst()) : start,
        mask: acting, empty: Tensor.zeros(Shape([x.shape[0]] + units), dtype: x.dtype)
      ) { place, states in
        // The same dropouts at every step.
        (context.random, context.masks) = (random, [])
        return child.forward([x.sliced(axis: 1, place..<place + 1).squeezed(axis: 1)] + states, &context)
      }
      context.keep(outputs.dropFirst(), as: kept)
      context.masks = [returnSequences ? mask : nil]
      return returnState ? outputs : [outputs[0]]
    })
  }
}

extension RNN: DialectSpelling {
  /// Keras 2 writes it only where it is set.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras2, config["zero_output_for_mask"]?.boolValue == false { config["zero_output_for_mask"] = nil }
  }
}
