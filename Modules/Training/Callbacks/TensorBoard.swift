internal import Glibc
internal import Optimizers

/// Writes loss and metrics as event files that TensorBoard shows. Keras: `TensorBoard`, its scalars.
///
/// As Keras does: `train/` and, where there is validation, `validation/` in the folder, in them `epoch_loss`,
/// `epoch_accuracy` ... by the number of the epoch, and `epoch_learning_rate`; with a frequency of batches also
/// `batch_loss` ..., of the epoch so far, by the number of the batch over all epochs; from the validation
/// `evaluation_loss_vs_iterations` ... by the number of the optimizer's steps.
public final class TensorBoard: Callback {
  public let folder: String
  /// Every how many batches numbers are written besides those of epochs.
  public let frequency: SaveFrequency
  /// Whether `epoch_steps_per_second` is written too.
  public let writesStepsPerSecond: Bool

  private var training: EventFile?
  private var validation: EventFile?
  private var batchCount = 0
  private var stepCount = 0
  private let clock = ContinuousClock()
  private var epochStart: ContinuousClock.Instant?

  /// - Parameters:
  ///   - folder: of the run; it is made. Runs in folders beside it are shown together.
  ///   - frequency: `.batches(n)`: numbers of every n-th batch are written too.
  ///   - writesStepsPerSecond: whether the speed of every epoch is written too.
  public init(_ folder: String, every frequency: SaveFrequency = .epoch, writesStepsPerSecond: Bool = false) {
    (self.folder, self.frequency, self.writesStepsPerSecond) = (folder, frequency, writesStepsPerSecond)
  }

  /// Throws `cannotWrite` where the folder cannot be written to.
  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws {
    training = try EventFile(inFolder: folder + "/train")
    if run.hasValidation { validation = try EventFile(inFolder: folder + "/validation") }
    batchCount = 0
  }

  public func epochWillBegin(_ epoch: Int, _ trainer: Trainer) { (epochStart, stepCount) = (clock.now, 0) }

  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {
    stepCount += 1
    if case .batches(let wanted) = frequency, batchCount % max(1, wanted) == 0 {
      try training?.write(Self.tagged("batch_", batch.runningLogs), step: batchCount)
    }
    batchCount += 1
  }

  public func validationDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    let entries = logs.entries.map { ("evaluation_\($0.name)_vs_iterations", $0.value) }
    try validation?.write(entries, step: trainer.memory.iterations)
  }

  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    var (own, other) = (Logs(), Logs())
    for entry in logs.entries {
      if entry.name.hasPrefix("val_") {
        other[String(entry.name.dropFirst(4))] = entry.value
      } else {
        own[entry.name] = entry.value
      }
    }
    own["learning_rate"] = trainer.optimizer.learningRate
    if writesStepsPerSecond, let epochStart {
      own["steps_per_second"] = Double(stepCount) / max(1e-9, epochStart.duration(to: clock.now).inSeconds)
    }
    try training?.write(Self.tagged("epoch_", own), step: epoch)
    try validation?.write(Self.tagged("epoch_", other), step: epoch)
  }

  public func trainingDidEnd(_ history: History, _ trainer: Trainer) { (training, validation) = (nil, nil) }

  private static func tagged(_ prefix: String, _ logs: Logs) -> [(String, Double)] {
    logs.entries.map { (prefix + $0.name, $0.value) }
  }
}
