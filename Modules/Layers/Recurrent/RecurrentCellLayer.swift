internal import TensorCore

/// One step of a recurrent layer as a layer: what `RNN` repeats. Called on x `[batch, features]` and the states
/// `[batch, size]`; gives the output and the new states.
public protocol RecurrentCellLayer: Layer {
  /// The length of each state, in order.
  var stateSizes: [Int] { get }
}

/// A cell that a recurrent layer computes whole sequences with.
protocol SequencedCell: RecurrentCellLayer, DialectSpelling {
  associatedtype Sequence: RecurrentLayer
  /// The layer with this cell's settings.
  var sequence: Sequence { get }
}

extension SequencedCell {
  public var stateSizes: [Int] { Array(repeating: sequence.units, count: sequence.cell.stateCount) }

  /// A sequence of one step.
  func buildStep(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let layer = sequence
    guard inputs.count == 1 + stateSizes.count, inputs[0].rank == 2 else {
      let found = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: ", ")
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found inputs \(found), expected (None, features) and \(stateSizes.count) of (None, \(layer.units))"
      )
    }
    let shape = inputs[0].shape
    let step = TensorSpec([shape[0], 1, shape[1]], inputs[0].dtype)
    let forward = try layer.buildRecurrence(&scope, inputs: [step] + inputs.dropFirst(), weightPath: "")
    return Forward(many: { inputs, context in
      context.masks = []
      return forward([inputs[0].expandingDims(at: 1)] + inputs.dropFirst(), &context)
    })
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) { Sequence.write(&config, in: dialect) }
}
