import Data
import Layers
import Optimizers
import TensorCore
import Testing
import Training

/// What does not fit is an error before anything is trained, and says what was found where.
@Suite struct TrainingErrorTests {
  private let data = Clusters(20)

  private func error(_ body: () throws -> Void) throws -> CoreError {
    try #require(#expect(throws: CoreError.self) { try body() })
  }

  @Test(arguments: [Int64(3), -1]) func labelOutOfRangeIsNamedWithItsPosition(label: Int64) throws {
    var labels = data.labels
    labels.withMutableScalars(of: Int64.self) { $0[17] = label }
    let trainer = try Clusters.trainer()
    let before = trainer.model.weights.bytes
    let found = try error { try trainer.fit(data.x, labels, batchSize: 4) }
    #expect(found.code == .invalidData)
    #expect(found.message.contains("label \(label) at position 17"))
    #expect(found.message.contains("3 classes"))
    #expect(trainer.model.weights.bytes == before)
  }

  @Test func oneHotTargetsForSparseLossAreNamed() throws {
    let found = try error { try Clusters.trainer().fit(data.x, data.oneHot) }
    #expect(found.code == .shapeMismatch)
    #expect(found.message.contains("(None, 3)") && found.message.contains("categorical_crossentropy"))
  }

  @Test func labelsForCategoricalLossAreNamed() throws {
    let trainer = try Trainer(Clusters.model(), optimizer: SGD(), loss: CategoricalCrossentropy())
    let found = try error { try trainer.fit(data.x, data.labels) }
    #expect(found.message.contains("sparse_categorical_crossentropy"))
  }

  @Test func inputsOfTheWrongShape() throws {
    let found = try error { try Clusters.trainer().fit(Tensor.zeros([20, 13]), data.labels) }
    #expect(found.code == .shapeMismatch && found.message.contains("(None, 12)"))
  }

  @Test func sampleCountsThatDiffer() throws {
    let found = try error { try Clusters.trainer().fit(data.x, data.labels.aliasedRows(0..<19)) }
    #expect(found.message.contains("20") && found.message.contains("19"))
  }

  @Test func emptyDataAndBatchSizeZero() throws {
    let none = try error { try Clusters.trainer().fit(Tensor.zeros([0, 12]), Tensor.zeros([0], dtype: .int64)) }
    #expect(none.message.contains("no samples"))
    let size = try error { try Clusters.trainer().fit(data.x, data.labels, batchSize: 0) }
    #expect(size.message.contains("batch size 0"))
    let split = try error { try Clusters.trainer().fit(data.x, data.labels, validationSplit: 1) }
    #expect(split.message.contains("validation"))
  }

  @Test func namesThatAreUnknown() throws {
    let loss = try error { _ = try PluginHost.shared.loss(named: "hinge_of_doom") }
    #expect(loss.code == .unknownName && loss.message.contains("mean_squared_error"))
    let metric = try error { _ = try MetricChoice(named: "hits") }
    #expect(metric.code == .unknownName && metric.message.contains("accuracy"))
  }

  @Test func metricsThatDoNotSuitTheTargets() throws {
    let trainer = try Trainer(
      Clusters.model(), optimizer: SGD(), loss: SparseCategoricalCrossentropy(),
      metrics: [MetricChoice(CategoricalAccuracy())])
    let found = try error { try trainer.fit(data.x, data.labels) }
    #expect(found.message.contains("categorical_accuracy"))
  }

  @Test func regularizersAndConstraintsAreNotIgnoredInSilence() throws {
    let node = LayerNode(
      name: "top", layer: Dense(units: 3, activation: .softmax),
      extras: ["kernel_regularizer": ["class_name": "L2", "config": ["l2": 0.01]], "bias_constraint": nil])
    let input = LayerNode(name: "in", layer: InputLayer(shape: [12]))
    let model = try Model(Sequential(nodes: [input, node], name: "regular"))
    let found = try error { _ = try Trainer(model, optimizer: SGD(), loss: SparseCategoricalCrossentropy()) }
    #expect(found.path == ["regular", "top"])
    #expect(found.message.contains("kernel_regularizer L2") || found.message.contains("kernel_regularizer \"L2\""))
  }

  @Test func classWeightsAreForOneOutputAndNoOtherWeights() throws {
    let weights = [0: 2.0]
    let found = try error {
      _ = try Clusters.trainer().fit(data.x, data.labels, sampleWeights: Tensor.ones([20]), classWeights: weights)
    }
    #expect(found.code == .invalidArgument && found.message.contains("one of them"))
    let twice = try error {
      _ = try Clusters.trainer().fit(
        inputs: [data.x], targets: [data.labels], sampleWeights: Tensor.ones([20]), outputWeights: [Tensor.ones([20])])
    }
    #expect(twice.message.contains("one of them"))
    let x = Symbol.input([12])
    let model = try Model(inputs: [x], outputs: [Dense(units: 3)(x), Dense(units: 1)(x)])
    let config = TrainingConfig(
      optimizer: SGD(),
      outputs: [.init(loss: SparseCategoricalCrossentropy(fromLogits: true)), .init(loss: MeanSquaredError())])
    let trainer = try Trainer(model, config: config)
    let targets = [data.labels, Tensor.zeros([20, 1])]
    let several = try error { _ = try trainer.fit(inputs: [data.x], targets: targets, classWeights: weights) }
    #expect(several.message.contains("2 outputs"))
    let three = Array(repeating: Tensor.ones([20]), count: 3)
    let count = try error { _ = try trainer.fit(inputs: [data.x], targets: targets, outputWeights: three) }
    #expect(count.message.contains("3 outputs"))
  }

  @Test func sampleWeightsOfTheWrongShape() throws {
    let found = try error { _ = try Clusters.trainer().fit(data.x, data.labels, sampleWeights: Tensor.ones([20, 2])) }
    #expect(found.message.contains("sample weights"))
  }

  @Test func aFileThatWasNeverCompiledCannotBeTrained() throws {
    let found = try error { _ = try Trainer(file: KerasFile(model: Clusters.model())) }
    #expect(found.message.contains("no training config"))
  }
}
