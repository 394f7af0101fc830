import Apus
import Foundation
import Testing

/// Event files that the real TensorBoard reads.
@Suite struct TensorBoardTests {
  @Test func tensorBoardReadsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let x = Tensor.randomNormal([40, 3], key: RandomKey(seed: 1))
    let y = x.sum(axes: [1], keepDims: true)
    let model = try Model(Sequential([InputLayer(shape: [3]), Dense(units: 1)]), start: .seed(1))
    let trainer = try Trainer(model, optimizer: SGD(learningRate: 0.125), loss: MeanSquaredError(), seed: 1)
    let board = TensorBoard(folder.path("run"), every: .batches(2), writesStepsPerSecond: true)
    var batches: [Double] = []
    let history = try trainer.fit(
      x, y, epochs: 3, batchSize: 10, validationSplit: 0.25,
      callbacks: [LambdaCallback(batchDidEnd: { batch, _ in batches.append(batch.runningLogs.loss) }), board])

    let answers = try RealKeras(majorVersion: 2).run([["events", folder.path("run")]], in: folder.url)
    let found = try #require(answers.first?.objectValue)
    func values(_ part: String, _ tag: String) -> [Double] {
      (found[part]?[tag]?.arrayValue ?? []).compactMap { $0[1]?.doubleValue }
    }
    func steps(_ part: String, _ tag: String) -> [Int] {
      (found[part]?[tag]?.arrayValue ?? []).compactMap { $0[0]?.intValue }
    }
    #expect(values("train", "epoch_loss") == history["loss"].map { Double(Float($0)) })
    #expect(steps("train", "epoch_loss") == [0, 1, 2])
    #expect(values("validation", "epoch_loss") == history["val_loss"].map { Double(Float($0)) })
    #expect(values("validation", "evaluation_loss_vs_iterations") == values("validation", "epoch_loss"))
    #expect(steps("validation", "evaluation_loss_vs_iterations") == [3, 6, 9])
    #expect(values("train", "epoch_learning_rate") == [0.125, 0.125, 0.125])
    #expect(steps("train", "batch_loss") == [0, 2, 4, 6, 8])
    #expect(values("train", "batch_loss") == [0, 2, 4, 6, 8].map { Double(Float(batches[$0])) })
    #expect(values("train", "epoch_steps_per_second").count == 3)
  }
}
