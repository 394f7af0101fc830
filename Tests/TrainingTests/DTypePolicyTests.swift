import Data
import Layers
import Optimizers
import TensorCore
import Testing
import Training

@Suite struct DTypePolicyTests {
  private static let layers = Sequential([
    InputLayer(shape: [6]), Dense(units: 16, activation: .relu), BatchNormalization(),
    Dense(units: 3, activation: .softmax),
  ])

  private static let x = Tensor.randomNormal([96, 6], key: RandomKey(seed: 1))
  private static let y = x.sliced(axis: 1, 0..<3).argMax()

  @Test(arguments: [DTypePolicy.mixedBfloat16, .mixedFloat16])
  func trainingKeepsFloat32WeightsAndLearns(_ policy: DTypePolicy) throws {
    let model = try Model(Self.layers.withDTypePolicy(policy), start: .seed(1))
    #expect(model.weights.keys.allSatisfy { $0.spec.dtype == .float32 })
    #expect(model.outputSpecs[0].dtype == (policy == .mixedBfloat16 ? .bfloat16 : .float16))
    let trainer = try Trainer(
      model, optimizer: Adam(learningRate: 0.02), loss: SparseCategoricalCrossentropy(), metrics: [.accuracy], seed: 1)
    let history = try trainer.fit(Self.x, Self.y, epochs: 20, batchSize: 32)
    #expect(try #require(history.epochs.last?["accuracy"]) > 0.9)
    #expect(try #require(history.epochs.last?["loss"]) < 0.4)
  }

  @Test func targetsAreNotRounded() throws {
    let model = try Model(
      Sequential([InputLayer(shape: [2]), Dense(units: 1)]).withDTypePolicy(.mixedBfloat16), start: .seed(1))
    let trainer = try Trainer(model, optimizer: SGD(learningRate: 0), loss: MeanAbsoluteError(), seed: 1)
    let logs = try trainer.trainStep(Tensor.zeros([1, 2]), Tensor([1000.5] as [Float], [1, 1]))
    #expect(logs["loss"] == 1000.5)
  }
}
