import Layers
import Optimizers
import TensorCore
import Testing
import Training

/// What is frozen stays, and goes on where it was when it is trained again.
@Suite struct FreezingTests {
  private let data = Clusters(24)

  private func trainer() throws -> Trainer {
    let block = Sequential([Dense(units: 6, activation: .tanh), BatchNormalization(momentum: 0.5)])
    let model = try Model(
      Sequential([
        InputLayer(shape: [12]), block, Dense(units: 5, activation: .tanh), Dense(units: 3, activation: .softmax),
      ]), start: .seed(2))
    return try Trainer(
      model, optimizer: SGD(learningRate: 0.1, momentum: 0.9), loss: SparseCategoricalCrossentropy())
  }

  private func changed(_ trainer: Trainer) throws -> [String] {
    let before = trainer.model.weights
    try trainer.trainStep(data.x, data.labels)
    let after = trainer.model.weights
    return before.keys.indices.filter { before.bytes[$0] != after.bytes[$0] }.map { before.keys[$0].path }
  }

  @Test func frozenLayersStay() throws {
    let trainer = try trainer()
    let all = trainer.model.weights.keys.map(\.path)
    #expect(try changed(trainer) == all)
    try trainer.setTrainable(false, ["sequential"])
    #expect(try changed(trainer) == all.filter { !$0.hasPrefix("sequential/") })
    #expect(trainer.lastStepExecution == .compiled)
    try trainer.setTrainable(true, ["sequential/dense"])
    #expect(try changed(trainer) == all.filter { !$0.hasPrefix("sequential/") })
    try trainer.setTrainable(true, ["sequential"])
    #expect(try changed(trainer) == all)
    try trainer.setTrainable(false, ["sequential/batch_normalization", "dense"])
    #expect(try changed(trainer) == all.filter { !$0.hasPrefix("sequential/batch_") && !$0.hasPrefix("dense/") })
  }

  @Test func predictionsAndWeightsAreThoseOfBefore() throws {
    let model = try trainer().model
    let frozen = try model.settingTrainable(false, [""])
    #expect(frozen.weights.bytes == model.weights.bytes && frozen.trainableParameterCount == 0)
    #expect(try frozen.predict(data.x).scalars(of: Float.self) == model.predict(data.x).scalars(of: Float.self))
    #expect(try frozen.settingTrainable(true, [""]).trainableParameterCount == model.trainableParameterCount)
  }

  @Test func theOptimizerRemembersWhatIsFrozen() throws {
    let (trainer, other) = (try trainer(), try trainer())
    try trainer.trainStep(data.x, data.labels)
    try other.trainStep(data.x, data.labels)
    try trainer.setTrainable(false, ["sequential", "dense"])
    #expect(trainer.state.slots.count == 2 && trainer.state.iterations == 1)
    try trainer.setTrainable(true, ["sequential", "dense"])
    #expect(trainer.state.slots.count == other.state.slots.count)
    for _ in 0..<2 { #expect(try trainer.trainStep(data.x, data.labels) == other.trainStep(data.x, data.labels)) }
    #expect(trainer.model.weights.bytes == other.model.weights.bytes)
  }

  @Test func unknownLayersAreNamed() throws {
    for path in ["no", "block/no", "dense/kernel"] {
      let error = #expect(throws: CoreError.self) { try trainer().setTrainable(false, [path]) }
      #expect(error?.code == .unknownName, "\(path)")
    }
  }
}
