import Apus

/// One step of a standard workload, ready to be timed. Models end in logits, as the peers' do.
struct Workload: Sendable {
  let name: String
  let make: @Sendable () throws -> () throws -> Void

  static let all: [Workload] = [
    Workload(name: "mlp_train") { try training(mlp, [128, 784]) },
    Workload(name: "lenet_train") { try training(lenet5, [128, 28, 28, 1]) },
    Workload(name: "lenet_predict1") { try inference(lenet5, [1, 28, 28, 1]) },
    Workload(name: "lenet_predict128") { try inference(lenet5, [128, 28, 28, 1]) },
  ]

  private static let mlp = Sequential([
    InputLayer(shape: [784]), Dense(units: 512, activation: .relu), Dense(units: 10),
  ])

  private static let lenet5 = Sequential([
    InputLayer(shape: [28, 28, 1]),
    Conv2D(filters: 6, kernelSize: 5, padding: .same, activation: .tanh), AveragePooling2D(poolSize: 2),
    Conv2D(filters: 16, kernelSize: 5, activation: .tanh), AveragePooling2D(poolSize: 2),
    Flatten(), Dense(units: 120, activation: .tanh), Dense(units: 84, activation: .tanh), Dense(units: 10),
  ])

  private static func training(_ layers: Sequential, _ shape: Shape) throws -> () throws -> Void {
    let key = RandomKey(seed: 0)
    let (x, y) = (
      Tensor.randomNormal(shape, key: key), Tensor.randomIntegers([shape[0]], in: 0..<10, dtype: .int64, key: key)
    )
    let trainer = try Trainer(
      Model(layers), optimizer: Adam(), loss: SparseCategoricalCrossentropy(fromLogits: true))
    return { _ = try trainer.trainStep(x, y) }
  }

  private static func inference(_ layers: Sequential, _ shape: Shape) throws -> () throws -> Void {
    let x = Tensor.randomNormal(shape, key: RandomKey(seed: 0))
    let model = try Model(layers)
    return { _ = try model.predict(x, batchSize: shape[0]) }
  }
}
