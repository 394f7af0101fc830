/// Saves the model after every epoch or so many batches, or when it is the best so far. Keras: `ModelCheckpoint`.
///
/// How to save is the caller's: `ModelCheckpoint(Monitor("val_accuracy"), saveBestOnly: true) { trainer, _ in
/// try trainer.kerasFile().write(to: path) }`. An interrupted run saves its last weights too, unless the best are wanted.
/// `CheckpointPath` makes names such as `03-0.25.h5` of Keras's patterns.
public final class ModelCheckpoint: Callback {
  public typealias Save = (_ trainer: Trainer, _ epoch: Int) throws -> Void
  /// Gets also the number of the batch, from 0, where one has just ended, and the logs.
  public typealias SaveWithLogs = (_ trainer: Trainer, _ epoch: Int, _ step: Int?, _ logs: Logs) throws -> Void

  public let monitor: Monitor
  public let savesBestOnly: Bool
  public private(set) var best: Double?
  public private(set) var bestEpoch: Int?
  private var countdown: BatchCountdown
  private let save: SaveWithLogs

  /// - Parameters:
  ///   - monitor: the number that says which model is the best.
  ///   - saveBestOnly: whether only a model is saved that is better than all before.
  ///   - frequency: when models are saved. Between epochs, the numbers are those of the epoch so far, without validation.
  ///   - initialBest: what the first model must be better than, with `saveBestOnly`.
  ///   - save: writes the model.
  public convenience init(
    _ monitor: Monitor = Monitor(), saveBestOnly: Bool = false, every frequency: SaveFrequency = .epoch,
    initialBest: Double? = nil, save: @escaping Save
  ) {
    self.init(monitor, saveBestOnly: saveBestOnly, every: frequency, initialBest: initialBest) { trainer, epoch, _, _ in
      try save(trainer, epoch)
    }
  }

  /// - Parameters:
  ///   - monitor: the number that says which model is the best.
  ///   - saveBestOnly: whether only a model is saved that is better than all before.
  ///   - frequency: when models are saved.
  ///   - initialBest: what the first model must be better than, with `saveBestOnly`.
  ///   - save: writes the model.
  public init(
    _ monitor: Monitor = Monitor(), saveBestOnly: Bool = false, every frequency: SaveFrequency = .epoch,
    initialBest: Double? = nil, save: @escaping SaveWithLogs
  ) {
    (self.monitor, savesBestOnly, self.save) = (monitor, saveBestOnly, save)
    (best, countdown) = (initialBest, BatchCountdown(frequency))
  }

  /// Throws what `save` throws, and `unknownName` where the logs lack the monitored number and the best is wanted.
  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {
    if countdown.counts() { try save(batch.epoch, batch.step, batch.runningLogs, trainer) }
  }

  /// Throws what `save` throws, and `unknownName` where the logs lack the monitored number and the best is wanted.
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    if countdown.frequency == .epoch { try save(epoch, nil, logs, trainer) }
  }

  private func save(_ epoch: Int, _ step: Int?, _ logs: Logs, _ trainer: Trainer) throws {
    guard savesBestOnly else {
      if let value = logs[monitor.name] { note(value, epoch) }
      return try save(trainer, epoch, step, logs)
    }
    if note(try logs.value(of: monitor, for: "ModelCheckpoint"), epoch) { try save(trainer, epoch, step, logs) }
  }

  /// Whether it is the best so far.
  @discardableResult
  private func note(_ value: Double, _ epoch: Int) -> Bool {
    guard monitor.improves(value, on: best) else { return false }
    (best, bestEpoch) = (value, epoch)
    return true
  }
}
