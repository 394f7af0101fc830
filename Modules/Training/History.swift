/// What `fit` did: the logs of every epoch, by Keras's names (`loss`, `accuracy`, `val_loss`, `val_accuracy`).
public struct History: Sendable {
  /// One per finished epoch; the last may be of a part of one where the run was interrupted.
  public internal(set) var epochs: [Logs] = []
  /// The number of the first epoch, from 0.
  public internal(set) var initialEpoch = 0
  /// Whether an `Interruption` ended the run.
  public internal(set) var wasInterrupted = false
  /// Whether a callback ended the run.
  public internal(set) var wasStopped = false
  /// How many batches were trained on.
  public internal(set) var stepCount = 0
  /// Why batches were trained on operation by operation, each reason once; empty where all were compiled but the first of
  /// a new shape.
  public internal(set) var uncompiledReasons: [String] = []
  /// Wall time of the training batches, validation and callbacks.
  public internal(set) var seconds = 0.0

  public init() {}

  /// One number per epoch that has it.
  public subscript(name: String) -> [Double] { epochs.compactMap { $0[name] } }

  public var names: [String] {
    var names: [String] = []
    for logs in epochs { for name in logs.names where !names.contains(name) { names.append(name) } }
    return names
  }
}
