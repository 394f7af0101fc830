/// Watches `fit`, and may end it by `trainer.shouldStop = true`. All hooks do nothing by default; what one throws ends
/// `fit` with that error.
public protocol Callback: AnyObject {
  func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws
  func epochWillBegin(_ epoch: Int, _ trainer: Trainer) throws
  /// `step` counts from 0 within the epoch.
  func batchWillBegin(_ epoch: Int, _ step: Int, _ trainer: Trainer) throws
  func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws
  /// Before the validation at the end of an epoch; not called by `evaluate`.
  func validationWillBegin(_ epoch: Int, _ trainer: Trainer) throws
  /// `logs` are those of the validation alone, by the names of the training: `loss`.
  func validationDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws
  /// May add numbers to the epoch's logs, which history and the other callbacks then get.
  func epochWillEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: Trainer) throws
  /// `logs` are those of the epoch, validation included.
  func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws
  /// Called also where the run was interrupted or stopped; not after an error.
  func trainingDidEnd(_ history: History, _ trainer: Trainer) throws
}

extension Callback {
  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws {}
  public func epochWillBegin(_ epoch: Int, _ trainer: Trainer) throws {}
  public func batchWillBegin(_ epoch: Int, _ step: Int, _ trainer: Trainer) throws {}
  public func validationWillBegin(_ epoch: Int, _ trainer: Trainer) throws {}
  public func validationDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {}
  public func epochWillEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: Trainer) throws {}
  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {}
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {}
  public func trainingDidEnd(_ history: History, _ trainer: Trainer) throws {}
}

/// What a call of `fit` is going to do.
public struct TrainingRun: Sendable {
  /// Up to and without.
  public let epochs: Int
  public let initialEpoch: Int
  /// nil where the data does not say how many batches it has.
  public let stepsPerEpoch: Int?
  public let hasValidation: Bool

  public init(epochs: Int, initialEpoch: Int = 0, stepsPerEpoch: Int?, hasValidation: Bool) {
    (self.epochs, self.initialEpoch) = (epochs, initialEpoch)
    (self.stepsPerEpoch, self.hasValidation) = (stepsPerEpoch, hasValidation)
  }
}

/// What one training batch gave.
public struct BatchReport: Sendable {
  /// From 0, within `fit`'s numbering.
  public let epoch: Int
  /// From 0, within the epoch.
  public let step: Int
  public let stepsPerEpoch: Int?
  /// The number of steps that the optimizer has made, this one included.
  public let iteration: Int
  public let sampleCount: Int
  /// Of this batch alone.
  public let logs: Logs
  /// Of the epoch so far.
  public let runningLogs: Logs
}
