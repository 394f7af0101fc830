import Data
import Layers
import ModelZoo
import Optimizers
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
