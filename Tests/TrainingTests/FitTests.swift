import Data
import Layers
import ModelZoo
import Optimizers
import Plan
import TensorCore
import Testing
import Training

/// Vectors whose class is that of their largest of three sums: learnable, and the same for a seed.
struct Clusters {
  let x: Tensor
  let labels: Tensor
  var oneHot: Tensor { labels.oneHot(depth: 3) }

  init(_ count: Int, seed: UInt64 = 1) {
    x = Tensor.randomNormal([count, 12], key: RandomKey(seed: seed))
    labels = x.reshaped([count, 3, 4]).sum(axes: [2]).argMax()
  }

  static func model(seed: UInt64 = 0, dropout: Double? = nil) throws -> Model {
    var layers: [any Layer] = [InputLayer(shape: [12]), Dense(units: 16, activation: .relu)]
    if let dropout { layers.append(Dropout(dropout)) }
    layers.append(Dense(units: 3, activation: .softmax))
    return try Model(Sequential(layers), start: .seed(seed))
  }

  static func trainer(seed: UInt64 = 0, dropout: Double? = nil) throws -> Trainer {
    try Trainer(
      model(seed: seed, dropout: dropout), optimizer: Adam(learningRate: 0.01), loss: SparseCategoricalCrossentropy(),
      metrics: [.accuracy], seed: seed)
  }
}

extension Weights {
  var bytes: [[UInt8]] { tensors.map { $0.withBytes { Array($0) } } }
}

@Suite struct FitTests {
  @Test func learnsAndReportsKerasNames() throws {
    let (data, other) = (Clusters(256), Clusters(64, seed: 2))
    let trainer = try Clusters.trainer()
    let history = try trainer.fit(data.x, data.labels, epochs: 12, validationData: (other.x, other.labels))
    #expect(history.names == ["loss", "accuracy", "val_loss", "val_accuracy"])
    #expect(history["loss"].count == 12)
    #expect(history["loss"][11] < history["loss"][0] * 0.6)
    #expect(history["val_accuracy"][11] > 0.8)
    #expect(history.stepCount == 12 * 8)
    let evaluated = try trainer.evaluate(other.x, other.labels, batchSize: 7)
    #expect(abs(evaluated.loss - history["val_loss"][11]) < 1e-5)
    #expect(evaluated["accuracy"] == history["val_accuracy"][11])
  }
}

extension FitTests {
  /// Weights, shuffling, dropout: nothing depends on the number of threads or on what ran before.
  @Test func oneSeedRepeatsBitForBit() throws {
    let data = Clusters(100)
    var runs: [(Weights, [Double])] = []
    for threads in [1, 2, 2] {
      try Execution.$threadCount.withValue(threads) {
        let trainer = try Clusters.trainer(seed: 5, dropout: 0.3)
        let history = try trainer.fit(data.x, data.labels, epochs: 3, batchSize: 16)
        runs.append((trainer.model.weights, history["loss"]))
      }
    }
    for run in runs.dropFirst() {
      #expect(run.0.bytes == runs[0].0.bytes)
      #expect(run.1 == runs[0].1)
    }
    let other = try Clusters.trainer(seed: 6, dropout: 0.3)
    try other.fit(data.x, data.labels, epochs: 3, batchSize: 16)
    #expect(other.model.weights.bytes != runs[0].0.bytes)
  }

  /// Keras takes the last part before it shuffles.
  @Test func validationSplitIsTheLastPart() throws {
    let data = Clusters(50)
    let trainer = try Clusters.trainer()
    let history = try trainer.fit(data.x, data.labels, batchSize: 8, validationSplit: 0.2)
    let last = try trainer.evaluate(data.x.aliasedRows(40..<50), data.labels.aliasedRows(40..<50))
    #expect(abs(history["val_loss"][0] - last.loss) < 1e-6)
    #expect(history.stepCount == 5)
  }

  /// The epoch's loss is the mean over samples, not over batches of different sizes.
  @Test func logsAreMeansOverSamples() throws {
    let data = Clusters(10)
    let trainer = try Trainer(
      Clusters.model(), optimizer: SGD(learningRate: 0), loss: SparseCategoricalCrossentropy(), metrics: [.accuracy])
    let history = try trainer.fit(data.x, data.labels, batchSize: 4, shuffle: false)
    let whole = try trainer.evaluate(data.x, data.labels, batchSize: 10)
    #expect(abs(history["loss"][0] - whole.loss) < 1e-6)
    #expect(abs(history["accuracy"][0] - (whole["accuracy"] ?? 0)) < 1e-12)
  }

  @Test func sampleWeightsScaleTheLoss() throws {
    let data = Clusters(8)
    let trainer = try Clusters.trainer()
    let weights = Tensor([1, 1, 1, 1, 0, 0, 0, 0] as [Float])
    let weighted = try trainer.evaluate(data.x, data.labels, sampleWeights: weights)
    let half = try trainer.evaluate(data.x.aliasedRows(0..<4), data.labels.aliasedRows(0..<4))
    #expect(abs(weighted.loss - half.loss / 2) < 1e-6)
  }

  @Test func movingStatisticsAreStored() throws {
    let model = try Model(
      Sequential([
        InputLayer(shape: [12]), Dense(units: 6), BatchNormalization(momentum: 0.5),
        Dense(units: 3, activation: .softmax),
      ]))
    let trainer = try Trainer(model, optimizer: SGD(), loss: SparseCategoricalCrossentropy())
    let data = Clusters(32)
    let before = try #require(model.weights["batch_normalization/moving_mean"])
    try trainer.trainStep(data.x, data.labels)
    let after = try #require(trainer.model.weights["batch_normalization/moving_mean"])
    #expect(before.scalars(of: Float.self) != after.scalars(of: Float.self))
  }

  /// A model that somebody holds stays as it was; the trainer's own weights are updated where they lie.
  @Test func updatesAreInPlaceAndDoNotReachCopies() throws {
    let data = Clusters(16)
    let trainer = try Clusters.trainer()
    let snapshot = trainer.model
    let before = snapshot.weights.bytes
    try trainer.trainStep(data.x, data.labels)
    #expect(snapshot.weights.bytes == before)
    let address = { trainer.model.weights.tensors[0].withBytes { UInt(bitPattern: $0.baseAddress) } }
    let first = address()
    for _ in 0..<3 { try trainer.trainStep(data.x, data.labels) }
    #expect(address() == first)
  }

  @Test func trainsOnBatchesFromAnywhere() throws {
    let data = Clusters(64)
    let source = try TensorDataset(inputs: [data.x], targets: [data.labels], batchSize: 16, shuffleSeed: 1)
    let trainer = try Clusters.trainer()
    let history = try trainer.fit(source.prefetched(), epochs: 4, validation: source)
    #expect(history.epochs.count == 4 && history.stepCount == 16)
    #expect(history["loss"][3] < history["loss"][0])
  }

  /// A category that there is not: the error comes out of the step, which leaves everything as it was.
  @Test func valuesThatALayerCannotTakeAreAnError() throws {
    let layers = Sequential([
      InputLayer(shape: [2], dtype: .int64), CategoryEncoding(numTokens: 3), Dense(units: 2, activation: .softmax),
    ])
    let trainer = try Trainer(Model(layers), optimizer: Adam(), loss: SparseCategoricalCrossentropy(), seed: 1)
    let labels = Tensor([0, 1] as [Int64])
    let (good, bad) = (Tensor([0, 1, 2, 0] as [Int64], [2, 2]), Tensor([0, 1, -1, 0] as [Int64], [2, 2]))
    for compiled in [Compilation.never, .automatic] {
      try trainer.trainStep(good, labels, compiled: compiled)
      let (weights, iterations) = (trainer.model.weights.bytes, trainer.state.iterations)
      let error = #expect(throws: CoreError.self) { try trainer.trainStep(bad, labels, compiled: compiled) }
      #expect(error?.message.contains("-1") == true)
      #expect(trainer.model.weights.bytes == weights && trainer.state.iterations == iterations)
      #expect(throws: CoreError.self) { try trainer.evaluate(bad, labels, compiled: compiled) }
      try trainer.trainStep(good, labels, compiled: compiled)
    }
  }
}
