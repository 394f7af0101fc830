import Data
import Foundation
import Layers
import Optimizers
import TensorCore
import Testing
import Training

/// A training that ends anywhere and is begun again comes to the very bytes of one that was never disturbed.
@Suite struct BackupTests {
  private let data = Clusters(52)

  private func trainer(_ optimizer: any Optimizer = Adam(learningRate: 0.01)) throws -> Trainer {
    try Trainer(
      Clusters.model(seed: 3, dropout: 0.3), optimizer: optimizer, loss: SparseCategoricalCrossentropy(),
      metrics: [.accuracy], seed: 4)
  }

  private struct Crash: Error {}

  private func fit(_ trainer: Trainer, _ callbacks: [any Callback], interruption: Interruption? = nil) throws -> History
  {
    try trainer.fit(
      data.x, data.labels, epochs: 3, batchSize: 10, validationSplit: 0.2, callbacks: callbacks,
      interruption: interruption)
  }

  private func crashing(after iteration: Int) -> LambdaCallback {
    LambdaCallback(batchDidEnd: { batch, _ in if batch.iteration == iteration { throw Crash() } })
  }

  @Test(arguments: [SaveFrequency.epoch, .batches(1), .batches(3)])
  func crashesLeaveNoTrace(frequency: SaveFrequency) throws {
    let whole = try trainer()
    let expected = try fit(whole, [])
    for iteration in [1, 4, 5, 7, 10, 14, 15] {
      let folder = try TemporaryFolder()
      let path = folder.path("backup.npz")
      #expect(throws: Crash.self) {
        _ = try fit(trainer(), [BackupAndRestore(path, every: frequency), crashing(after: iteration)])
      }
      let again = try trainer()
      let backup = BackupAndRestore(path, every: frequency)
      let history = try fit(again, [backup])
      #expect(again.model.weights.bytes == whole.model.weights.bytes, "after step \(iteration)")
      #expect(history.epochs == Array(expected.epochs[history.initialEpoch...]))
      #expect(again.state.iterations == 15)
      if frequency == .batches(1) {
        #expect(backup.restored?.epoch == (iteration - 1) / 5 && backup.restored?.step == (iteration - 1) % 5 + 1)
      }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func interruptionsLeaveNoTrace() throws {
    let whole = try trainer()
    let expected = try fit(whole, [])
    for iteration in [2, 5, 12] {
      let folder = try TemporaryFolder()
      let path = folder.path("backup.npz")
      let interruption = Interruption()
      let stopping = LambdaCallback(batchDidEnd: { batch, _ in
        if batch.iteration == iteration { interruption.request() }
      })
      _ = try fit(trainer(), [BackupAndRestore(path), stopping], interruption: interruption)
      let again = try trainer()
      let history = try fit(again, [BackupAndRestore(path)])
      #expect(again.model.weights.bytes == whole.model.weights.bytes)
      #expect(history.epochs == Array(expected.epochs[history.initialEpoch...]))
    }
  }

  @Test func theLearningRateComesBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("backup.npz")
    let halving = { LearningRateScheduler { _, rate in rate * 0.3 } }
    let whole = try trainer(SGD(learningRate: 0.1, momentum: 0.9))
    _ = try fit(whole, [halving()])
    #expect(throws: Crash.self) {
      _ = try fit(
        trainer(SGD(learningRate: 0.1, momentum: 0.9)), [BackupAndRestore(path), halving(), crashing(after: 8)])
    }
    let again = try trainer(SGD(learningRate: 0.1, momentum: 0.9))
    _ = try fit(again, [BackupAndRestore(path, deletesAtEnd: false), halving()])
    #expect(again.model.weights.bytes == whole.model.weights.bytes)
    // What is left over is of a training that is done.
    let last = try trainer(SGD(learningRate: 0.1, momentum: 0.9))
    #expect(try fit(last, [BackupAndRestore(path)]).stepCount == 0)
    #expect(last.model.weights.bytes == whole.model.weights.bytes)
  }

  @Test func backupsOfOtherTrainingsAreErrors() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("backup.npz")
    _ = try fit(trainer(), [BackupAndRestore(path, deletesAtEnd: false)])
    let message = { (trainer: Trainer) -> String? in
      #expect(throws: CoreError.self) { _ = try self.fit(trainer, [BackupAndRestore(path)]) }?.message
    }
    let seed = try Trainer(Clusters.model(dropout: 0.3), optimizer: Adam(), loss: SparseCategoricalCrossentropy())
    #expect(message(seed)?.contains("seed") == true)
    let wide = try Model(
      Sequential([InputLayer(shape: [12]), Dense(units: 17), Dropout(0.3), Dense(units: 3, activation: .softmax)]))
    let other = try Trainer(wide, optimizer: Adam(), loss: SparseCategoricalCrossentropy(), seed: 4)
    #expect(message(other)?.contains("another training") == true)
    #expect(message(try trainer(Adam(amsgrad: true)))?.contains("optimizer/") == true)
    try Data("no archive".utf8).write(to: URL(filePath: path))
    #expect(message(try trainer()) != nil)
  }

  /// Arrays of other types and sizes than those that were written, and the backup of a training with other metrics.
  @Test(arguments: ["seed", "position", "learning_rate", "meters/total", "meters/metric/0"])
  func aDamagedBackupIsAnError(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("backup.npz")
    #expect(throws: Crash.self) {
      _ = try fit(trainer(), [BackupAndRestore(path, every: .batches(1)), crashing(after: 2)])
    }
    var arrays = try NPZ.read(path)
    for wrong in [Tensor([1, 2, 3, 4, 5] as [Float]), Tensor([-1] as [Double])] {
      arrays[name] = wrong
      try NPZ.write(arrays, to: path)
      #expect(throws: CoreError.self) { _ = try fit(trainer(), [BackupAndRestore(path)]) }
    }
  }
}
