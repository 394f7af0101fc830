/// How a training step was run.
public enum StepExecution: Hashable, Sendable {
  /// As one plan: forward and backward pass and updates.
  case compiled
  /// Operation by operation, because batches of this shape came for the first time after those that are compiled. They are
  /// compiled when they come again.
  case firstOfItsShape
  /// Operation by operation, which takes longer, for this reason.
  case byOperation(reason: String)
}

extension StepExecution: CustomStringConvertible {
  public var description: String {
    switch self {
    case .compiled: "compiled"
    case .firstOfItsShape: "operation by operation: the first batch of its shape"
    case .byOperation(let reason): "operation by operation: \(reason)"
    }
  }
}
