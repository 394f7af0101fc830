import Layers
import Optimizers
import Plan
import TensorCore
import Testing
import Training

/// Layers with a factor learn as if the learning rate were that much larger.
@Suite struct LearningRateFactorTests {
  private let data = Clusters(16)

  private func trainer(_ optimizer: any Optimizer, _ factors: [String: Double] = [:]) throws -> Trainer {
    var config = TrainingConfig(optimizer: optimizer, outputs: [.init(loss: SparseCategoricalCrossentropy())])
    config.learningRateFactors = factors
    return try Trainer(Clusters.model(seed: 1), config: config)
  }

  @Test(arguments: [Compilation.required, .never])
  func aStepIsThatOfAnotherRate(compiled: Compilation) throws {
    for factory in [{ SGD(learningRate: $0, momentum: 0.9) }, { Adam(learningRate: $0) }] as [(Double) -> any Optimizer]
    {
      let factored = try trainer(factory(0.1), ["dense": 0.5, "dense/bias": 2, "dense_1/bias": 0])
      let before = factored.model.weights
      let rates: [String: Double] = [
        "dense/kernel": 0.05, "dense/bias": 0.2, "dense_1/kernel": 0.1, "dense_1/bias": 0,
      ]
      try factored.trainStep(data.x, data.labels, compiled: compiled)
      for (path, rate) in rates {
        let plain = try trainer(factory(rate))
        try plain.trainStep(data.x, data.labels, compiled: compiled)
        let expected = rate == 0 ? before : plain.model.weights
        let (found, wanted) = (try #require(factored.model.weights[path]), try #require(expected[path]))
        let difference = (found - wanted).abs().max().scalar(of: Float.self)
        #expect(difference < 1e-6, "\(path)")
      }
    }
  }

  /// Averages are those of the weights as they were updated, so they are those of the other rate, too.
  @Test(arguments: [Compilation.required, .never])
  func averagesAreThoseOfAnotherRate(compiled: Compilation) throws {
    let optimizer = { (rate: Double) in
      var sgd = SGD(learningRate: rate, momentum: 0.9)
      (sgd.settings.useEMA, sgd.settings.emaMomentum, sgd.settings.emaOverwriteFrequency) = (true, 0.6, 2)
      return sgd
    }
    let (factored, plain) = (try trainer(optimizer(0.1), ["dense": 0.5, "dense_1": 0.5]), try trainer(optimizer(0.05)))
    for _ in 0..<5 {
      for trainer in [factored, plain] { try trainer.trainStep(data.x, data.labels, compiled: compiled) }
    }
    let (found, expected) = (
      try #require(factored.state.averages(of: factored.optimizer)),
      try #require(plain.state.averages(of: plain.optimizer))
    )
    for (a, b) in zip(factored.model.weights.tensors + found, plain.model.weights.tensors + expected) {
      #expect((a - b).abs().max().scalar(of: Float.self) < 1e-6)
    }
  }

  @Test func factorsOfNothingAndBelowZeroAreErrors() throws {
    #expect(throws: CoreError.self) { try trainer(SGD(), ["dens": 2]) }
    #expect(throws: CoreError.self) { try trainer(SGD(), ["dense": -1]) }
    #expect(throws: CoreError.self) { try trainer(SGD(), ["dense": .infinity]) }
  }
}
