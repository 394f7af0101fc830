internal import TensorCore

/// A layer that goes through a sequence step by step with states: `Bidirectional` runs two of them, and a file names its
/// initial states.
///
/// Inputs: the sequence `[batch, time, ...]`, then nothing or the initial states. Outputs: that of the last step, or of all
/// with `returnSequences`; with `returnState` the final states too.
public protocol SequenceLayer: Layer {
  /// Whether the output of every step comes out, not the last alone.
  var returnSequences: Bool { get }
  /// Whether the final states come out too.
  var returnState: Bool { get }
  /// Whether the steps are taken last to first; the output sequence is then in that order.
  var goBackwards: Bool { get set }
  /// Whether a masked step's output is zeros, not the output before it.
  var zeroOutputForMask: Bool { get set }
  /// Whether each batch goes on from the states in which the one before it ended (`Model.resetStates`).
  var stateful: Bool { get }
}

extension SequenceLayer {
  /// Declares the states of a stateful layer, given their shapes behind the batch; none where it is not stateful.
  func keptStates(_ scope: inout BuildScope, _ shapes: [[Int]]) throws(CoreError) -> [WeightKey] {
    var keys: [WeightKey] = []
    for (index, shape) in shapes.enumerated() where stateful { keys.append(try scope.state("state_\(index)", shape)) }
    return keys
  }

  /// Keras 3 does not hand the mask that comes with a sequence to a call with an initial state, only one that is given.
  func ignoresMask(_ scope: BuildScope, _ inputs: [TensorSpec]) -> Bool {
    inputs.count > 1 && scope.kerasMajorVersion >= 3
  }
}

extension CallContext {
  /// The mask of a sequence.
  ///
  /// - Parameter ignoresMask: whether one that comes with the sequence does not act; one given with the call does.
  func sequenceMask(ignoresMask: Bool) -> Tensor? { ignoresMask && !call.hasMasks ? nil : mask() }
}
