import Foundation
import Layers
import Optimizers
import TensorCore
import Testing
import Training

@Suite struct CallbackTests {
  private let data = Clusters(40)

  /// Feeds a callback with made-up epochs; the loss is measured at a learning rate of 0.
  private func run(_ values: [Double], _ callback: any Callback, name: String = "val_loss") throws -> Trainer {
    let trainer = try Clusters.trainer()
    for (epoch, value) in values.enumerated() where !trainer.shouldStop {
      try callback.epochDidEnd(epoch, Logs([("loss", 1), (name, value)]), trainer)
    }
    return trainer
  }

  @Test func earlyStoppingWaitsForItsPatience() throws {
    let stopping = EarlyStopping(patience: 2)
    _ = try run([3, 2, 2, 2.5, 1], stopping)
    #expect(stopping.stoppedEpoch == 3 && stopping.bestEpoch == 1)
  }

  @Test func earlyStoppingKnowsWhichWayIsBetter() throws {
    let accuracy = EarlyStopping(Monitor("val_accuracy"), patience: 1)
    _ = try run([0.5, 0.6, 0.7], accuracy, name: "val_accuracy")
    #expect(accuracy.stoppedEpoch == nil && accuracy.bestEpoch == 2)
    let change = EarlyStopping(Monitor(minimumChange: 0.5), patience: 1)
    _ = try run([3, 2.8], change)
    #expect(change.stoppedEpoch == 1 && change.bestEpoch == 0)
  }

  @Test func earlyStoppingRestoresTheBestWeights() throws {
    let trainer = try Clusters.trainer()
    let stopping = EarlyStopping(patience: 1, restoresBestWeights: true)
    stopping.trainingWillBegin(
      TrainingRun(epochs: 2, initialEpoch: 0, stepsPerEpoch: nil, hasValidation: true), trainer)
    try stopping.epochDidEnd(0, ["val_loss": 1], trainer)
    let best = trainer.model.weights.bytes
    try trainer.trainStep(data.x, data.labels)
    try stopping.epochDidEnd(1, ["val_loss": 2], trainer)
    #expect(trainer.shouldStop && trainer.model.weights.bytes != best)
    stopping.trainingDidEnd(History(), trainer)
    #expect(trainer.model.weights.bytes == best)
  }

  @Test func monitorsOfUnknownNamesAreErrors() throws {
    let error = #expect(throws: CoreError.self) {
      try Clusters.trainer().fit(data.x, data.labels, callbacks: [EarlyStopping()])
    }
    #expect(error?.message.contains("\"val_loss\"") == true && error?.message.contains("loss, accuracy") == true)
  }

  @Test func checkpointSavesTheBest() throws {
    var saved: [Int] = []
    let checkpoint = ModelCheckpoint(saveBestOnly: true) { _, epoch in saved.append(epoch) }
    _ = try run([3, 4, 2, .nan, 1.5], checkpoint)
    #expect(saved == [0, 2, 4] && checkpoint.best == 1.5)
  }

  @Test func checkpointsBetweenEpochsCountBatchesOn() throws {
    var saved: [(Int, Int?)] = []
    let checkpoint = ModelCheckpoint(Monitor("loss"), every: .batches(2)) { _, epoch, step, logs in
      saved.append((epoch, step))
      #expect(logs["loss"] != nil)
    }
    try Clusters.trainer().fit(data.x, data.labels, epochs: 2, batchSize: 16, callbacks: [checkpoint])
    #expect(saved.map(\.0) == [0, 1, 1] && saved.map(\.1) == [1, 0, 2])
  }

  @Test func checkpointsHaveAFirstBestToBeat() throws {
    var saved: [Int] = []
    let checkpoint = ModelCheckpoint(saveBestOnly: true, initialBest: 2.5) { _, epoch in saved.append(epoch) }
    _ = try run([3, 2, 2.25, 1], checkpoint)
    #expect(saved == [1, 3])
  }

  @Test func checkpointPathsAreThoseOfKeras() throws {
    let logs: Logs = ["val_loss": 0.12345]
    #expect(try CheckpointPath("a/{epoch:02d}-{val_loss:.2f}.h5").path(epoch: 2, logs: logs) == "a/03-0.12.h5")
    #expect(try CheckpointPath("{epoch}_{batch:d}.h5").path(epoch: 0, step: 9, logs: logs) == "1_10.h5")
    #expect(throws: CoreError.self) { try CheckpointPath("{batch}.h5").path(epoch: 0, logs: logs) }
    #expect(throws: CoreError.self) { try CheckpointPath("{epoch:02s}.h5").path(epoch: 0, logs: logs) }
    #expect(throws: CoreError.self) { try CheckpointPath("{epoch.h5").path(epoch: 0, logs: logs) }
    for format in ["{val_loss:d}", "{epoch:9999d}", "{epoch:1.2.3f}"] {
      #expect(throws: CoreError.self) { try CheckpointPath(format).path(epoch: 0, logs: ["val_loss": .nan]) }
    }
  }

  @Test func schedulesSetTheRateOfEveryEpochAndLogIt() throws {
    let trainer = try Clusters.trainer()
    let history = try trainer.fit(
      data.x, data.labels, epochs: 3, batchSize: 16,
      callbacks: [LearningRateScheduler { epoch, rate in epoch == 0 ? 0.5 : rate / 2 }])
    #expect(history["learning_rate"] == [0.5, 0.25, 0.125])
    #expect(history.uncompiledReasons.isEmpty)
  }

  @Test func aPlateauIsLoggedWithTheRateBefore() throws {
    let history = try Clusters.trainer().fit(
      data.x, data.labels, epochs: 3,
      callbacks: [try ReduceLROnPlateau(Monitor("loss", mode: .max), factor: 0.5, patience: 1)])
    #expect(history["learning_rate"][0] == 0.01 && history["learning_rate"][2] == 0.005)
    #expect(throws: CoreError.self) { try ReduceLROnPlateau(factor: 1) }
  }

  @Test func closuresSeeEverything() throws {
    var seen: [String] = []
    let callback = LambdaCallback(
      trainingWillBegin: { run, _ in seen.append("begin \(run.epochs)") },
      epochWillBegin: { epoch, _ in seen.append("epoch \(epoch)") },
      batchWillBegin: { epoch, step, _ in seen.append("batch \(epoch) \(step)") },
      batchDidEnd: { batch, _ in seen.append("end \(batch.step)") },
      epochDidEnd: { epoch, logs, _ in seen.append("end \(epoch) \(logs.names)") },
      trainingDidEnd: { history, _ in seen.append("end \(history.stepCount)") })
    try Clusters.trainer().fit(data.x, data.labels, batchSize: 20, callbacks: [callback])
    #expect(
      seen == [
        "begin 1", "epoch 0", "batch 0 0", "end 0", "batch 0 1", "end 1", "end 0 [\"loss\", \"accuracy\"]", "end 2",
      ])
  }

  @Test func checkpointThatCannotSaveEndsTraining() throws {
    let checkpoint = ModelCheckpoint { _, _ in throw CoreError(.cannotWrite, "no room") }
    #expect(throws: CoreError.self) { try Clusters.trainer().fit(data.x, data.labels, callbacks: [checkpoint]) }
  }

  @Test func csvHasOneLinePerEpochOrStep() throws {
    var (epochs, steps) = ("", "")
    let loggers = [CSVLogger { epochs += $0 }, CSVLogger(every: .step) { steps += $0 }]
    try Clusters.trainer().fit(data.x, data.labels, epochs: 2, batchSize: 16, callbacks: loggers)
    let epochLines = epochs.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(epochLines.count == 3 && epochLines[0] == ["epoch", "loss", "accuracy"] && epochLines[2][0] == "1")
    let stepLines = steps.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(stepLines.count == 7 && stepLines[0] == ["step", "loss", "accuracy"] && stepLines[6][0] == "6")
    #expect(stepLines.dropFirst().allSatisfy { Double($0[1]) != nil })
  }

  @Test func csvFilesHaveSeparatorsAndCanBeContinued() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("logs/epochs.csv")
    let trainer = try Clusters.trainer()
    for appends in [false, true, true] {
      let logger = CSVLogger(path: path, separator: ";", appends: appends)
      try trainer.fit(data.x, data.labels, callbacks: [logger])
    }
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 4 && lines[0] == "epoch;loss;accuracy" && lines[3].hasPrefix("0;"))
    try trainer.fit(data.x, data.labels, callbacks: [CSVLogger(path: path)])
    lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2 && lines[0] == "epoch,loss,accuracy")
    #expect(throws: CoreError.self) {
      try trainer.fit(data.x, data.labels, callbacks: [CSVLogger(path: "/proc/no/such.csv")])
    }
  }

  @Test func terminatesOnNaN() throws {
    var x = data.x
    x.withMutableScalars(of: Float.self) { $0[20 * 12] = .nan }
    let guardian = TerminateOnNaN()
    let history = try Clusters.trainer().fit(
      x, data.labels, epochs: 3, batchSize: 10, shuffle: false, callbacks: [guardian])
    #expect(guardian.batch?.step == 2 && history.stepCount == 3 && history.wasStopped)
    let error = #expect(throws: CoreError.self) {
      try Clusters.trainer().fit(
        x, data.labels, batchSize: 10, shuffle: false, callbacks: [TerminateOnNaN(throwsError: true)])
    }
    #expect(error?.message.contains("at batch 2") == true)
  }

  private final class Interrupting: Callback {
    let interruption: Interruption
    init(_ interruption: Interruption) { self.interruption = interruption }
    func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) { if batch.iteration == 3 { interruption.request() } }
  }

  @Test func interruptionEndsAfterTheBatch() throws {
    let interruption = Interruption()
    var saved = 0
    let history = try Clusters.trainer().fit(
      data.x, data.labels, epochs: 5, batchSize: 20, validationSplit: 0.5,
      callbacks: [Interrupting(interruption), ModelCheckpoint { _, _ in saved += 1 }], interruption: interruption)
    #expect(history.wasInterrupted && history.stepCount == 3)
    #expect(history.epochs.count == 3 && saved == 3)
  }

  @Test func progressIsPlainLinesAwayFromATerminal() throws {
    var text = ""
    let bar = ProgressBar(isTerminal: false) { text += $0 }
    try Clusters.trainer().fit(data.x, data.labels, epochs: 2, batchSize: 16, callbacks: [bar])
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("Epoch 1/2 - 3 steps - "))
    #expect(lines[1].contains("loss: ") && lines[1].contains("accuracy: "))
    #expect(!text.contains("\r") && !text.contains("\u{1B}"))
  }

  @Test func progressIsABarOnATerminal() throws {
    var text = ""
    let bar = ProgressBar(isTerminal: true) { text += $0 }
    try Clusters.trainer().fit(data.x, data.labels, batchSize: 16, callbacks: [bar])
    #expect(text.hasPrefix("Epoch 1/1\n\r1/3 [") && text.contains(" left - loss: "))
    #expect(text.hasSuffix("\u{1B}[K\n") && text.contains("3/3 [========================]"))
  }
}
