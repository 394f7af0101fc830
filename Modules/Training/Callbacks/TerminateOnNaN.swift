/// Ends training when the loss of a batch is NaN or infinite. Keras: `TerminateOnNaN`.
public final class TerminateOnNaN: Callback {
  /// Where it happened, counted from 0; nil where it did not.
  public private(set) var batch: (epoch: Int, step: Int)?

  public init() {}

  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) { batch = nil }

  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) {
    guard !batch.logs.loss.isFinite else { return }
    if self.batch == nil { self.batch = (batch.epoch, batch.step) }
    trainer.shouldStop = true
  }
}
