/// Calls closures: a callback without a class. Keras: `LambdaCallback`.
///
/// ```swift
/// let printer = LambdaCallback(epochDidEnd: { epoch, logs, _ in print(epoch, logs) })
/// ```
public final class LambdaCallback: Callback {
  public typealias Beginning = (_ run: TrainingRun, _ trainer: Trainer) throws -> Void
  public typealias EpochBeginning = (_ epoch: Int, _ trainer: Trainer) throws -> Void
  public typealias BatchBeginning = (_ epoch: Int, _ step: Int, _ trainer: Trainer) throws -> Void
  public typealias BatchEnd = (_ batch: BatchReport, _ trainer: Trainer) throws -> Void
  public typealias EpochEnd = (_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws -> Void
  public typealias End = (_ history: History, _ trainer: Trainer) throws -> Void

  private let begin: Beginning
  private let beginEpoch: EpochBeginning
  private let beginBatch: BatchBeginning
  private let endBatch: BatchEnd
  private let endEpoch: EpochEnd
  private let end: End

  /// - Parameters:
  ///   - trainingWillBegin: called once, before anything else.
  ///   - epochWillBegin: called before every epoch.
  ///   - batchWillBegin: called before every batch.
  ///   - batchDidEnd: called after every batch.
  ///   - epochDidEnd: called after every epoch and its validation.
  ///   - trainingDidEnd: called once, at the end.
  public init(
    trainingWillBegin: @escaping Beginning = { _, _ in }, epochWillBegin: @escaping EpochBeginning = { _, _ in },
    batchWillBegin: @escaping BatchBeginning = { _, _, _ in }, batchDidEnd: @escaping BatchEnd = { _, _ in },
    epochDidEnd: @escaping EpochEnd = { _, _, _ in }, trainingDidEnd: @escaping End = { _, _ in }
  ) {
    (begin, beginEpoch, beginBatch) = (trainingWillBegin, epochWillBegin, batchWillBegin)
    (endBatch, endEpoch, end) = (batchDidEnd, epochDidEnd, trainingDidEnd)
  }

  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws { try begin(run, trainer) }

  public func epochWillBegin(_ epoch: Int, _ trainer: Trainer) throws { try beginEpoch(epoch, trainer) }

  public func batchWillBegin(_ epoch: Int, _ step: Int, _ trainer: Trainer) throws {
    try beginBatch(epoch, step, trainer)
  }

  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws { try endBatch(batch, trainer) }

  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws { try endEpoch(epoch, logs, trainer) }

  public func trainingDidEnd(_ history: History, _ trainer: Trainer) throws { try end(history, trainer) }
}
