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

  @Test func terminatesOnNaN() throws {
    var x = data.x
    x.withMutableScalars(of: Float.self) { $0[20 * 12] = .nan }
    let guardian = TerminateOnNaN()
    let history = try Clusters.trainer().fit(
      x, data.labels, epochs: 3, batchSize: 10, shuffle: false, callbacks: [guardian])
    #expect(guardian.batch?.step == 2 && history.stepCount == 3 && history.wasStopped)
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
