internal import TensorCore

/// Ends training when the loss of a batch is NaN or infinite. Keras: `TerminateOnNaN`.
public final class TerminateOnNaN: Callback {
  /// Where it happened, counted from 0; nil where it did not.
  public private(set) var batch: (epoch: Int, step: Int)?

  private let throwsError: Bool

  /// - Parameter throwsError: whether `fit` ends with an error. Keras: `raise_error`.
  public init(throwsError: Bool = false) { self.throwsError = throwsError }

  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) { batch = nil }

  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {
    guard !batch.logs.loss.isFinite else { return }
    if self.batch == nil { self.batch = (batch.epoch, batch.step) }
    guard !throwsError else {
      throw CoreError(
        .invalidData, "TerminateOnNaN: found loss \(batch.logs.loss) at batch \(batch.step), expected a finite number")
    }
    trainer.shouldStop = true
  }
}
