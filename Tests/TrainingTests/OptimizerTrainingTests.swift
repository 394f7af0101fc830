import Data
import Layers
import Optimizers
import Plan
import TensorCore
import Testing
import Training

/// Every optimizer in training: steps that are compiled and steps that run operation by operation.
@Suite struct OptimizerTrainingTests {
  private let x = Tensor.randomNormal([20, 6, 6, 2], key: RandomKey(seed: 1))
  private let y = Tensor.randomIntegers([20], in: 0..<3, dtype: .int64, key: RandomKey(seed: 2))

  private func model() throws -> Model {
    try Model(
      Sequential([
        InputLayer(shape: [6, 6, 2]), Conv2D(filters: 3, kernelSize: 3, activation: .relu), Flatten(),
        Dense(units: 5, activation: .tanh), Dense(units: 3, activation: .softmax),
      ]), start: .seed(5))
  }

  private func trainer(_ optimizer: any Optimizer) throws -> Trainer {
    try Trainer(model(), optimizer: optimizer, loss: SparseCategoricalCrossentropy(), seed: 3)
  }

  private func values(_ trainer: Trainer) -> [[Float]] {
    trainer.model.weights.tensors.map { $0.scalars(of: Float.self) }
      + trainer.state.slots.flatMap { $0.map { $0.scalars(of: Float.self) } }
  }

  private func averages(_ trainer: Trainer) -> [[Float]] {
    trainer.state.averages(of: trainer.optimizer)?.map { $0.scalars(of: Float.self) } ?? []
  }

  private func settings(_ change: (inout OptimizerSettings) -> Void) -> OptimizerSettings {
    var settings = OptimizerSettings(globalClipnorm: 0.5, weightDecay: 0.01)
    change(&settings)
    return settings
  }

  static let rules: [any Optimizer] = [
    RMSprop(learningRate: 0.01), RMSprop(learningRate: 0.01, momentum: 0.5, centered: true), AdamW(amsgrad: true),
    Adamax(), Nadam(), Adagrad(), Adadelta(), Ftrl(l1RegularizationStrength: 0.01, beta: 0.1), Lion(), Lamb(),
    Adafactor(), Muon(learningRate: 0.01, excludeLayers: ["dense_1"]),
  ]

  /// The same steps, compiled and not, the last batch being smaller. Fused chains of operations round as single ones do.
  @Test(arguments: rules.indices) func compiledStepsAreThoseOfTheRule(index: Int) throws {
    try expectSame(Self.rules[index])
  }

  @Test(arguments: rules.indices) func decayAndClippingTrainTheSame(index: Int) throws {
    var optimizer = Self.rules[index]
    optimizer.settings = settings { $0.weightDecayExclusions = ["bias"] }
    try expectSame(optimizer)
  }

  private func expectSame(_ optimizer: any Optimizer) throws {
    let runs = try [Compilation.required, .never].map { compiled in
      let trainer = try trainer(optimizer)
      let history = try trainer.fit(x, y, epochs: 3, batchSize: 8, compiled: compiled)
      return (trainer, history.epochs)
    }
    #expect(runs[0].1 == runs[1].1)
    #expect(runs[0].0.state.iterations == runs[1].0.state.iterations)
    #expect(values(runs[0].0) == values(runs[1].0))
  }

  @Test func schedulesTrainTheSame() throws {
    let schedule = CosineDecay(initialLearningRate: 0.01, decaySteps: 5, warmupTarget: 0.1, warmupSteps: 3)
    for optimizer in [Adam(), SGD(momentum: 0.5), RMSprop(), Adafactor()] as [any Optimizer] {
      try expectSame(optimizer.scheduled(schedule))
    }
  }

  /// A schedule is followed without a new plan: steps of one shape run compiled from the first one on.
  @Test func aScheduleNeedsOnePlan() throws {
    let schedule = ExponentialDecay(initialLearningRate: 0.5, decaySteps: 1, decayRate: 0)
    let trainer = try trainer(SGD().scheduled(schedule))
    let start = values(trainer)
    try trainer.trainStep(x, y, compiled: true)
    let moved = values(trainer)
    #expect(moved != start)
    // The rate is 0 from the second step on.
    for _ in 0..<3 { try trainer.trainStep(x, y, compiled: true) }
    #expect(values(trainer) == moved)
  }

  @Test func averagesAndSumsTrainTheSame() throws {
    for optimizer in [SGD(learningRate: 0.1, momentum: 0.9), Nadam(), Adam()] as [any Optimizer] {
      var changed = optimizer
      changed.settings = settings { ($0.useEMA, $0.emaMomentum, $0.emaOverwriteFrequency) = (true, 0.7, 3) }
      try expectSame(changed)
      changed.settings = settings { $0.gradientAccumulationSteps = 3 }
      try expectSame(changed)
      changed.settings = settings {
        ($0.useEMA, $0.emaOverwriteFrequency, $0.gradientAccumulationSteps) = (true, 2, 2)
      }
      try expectSame(changed)
      try expectSame(LossScaleOptimizer(changed, initialScale: 4, dynamicGrowthSteps: 3))
    }
  }

  /// Weights stay where they are in steps that only add up gradients.
  @Test func weightsMoveInEveryThirdStep() throws {
    var sgd = SGD(learningRate: 0.1)
    sgd.settings.gradientAccumulationSteps = 3
    let trainer = try trainer(sgd)
    let start = values(trainer)[..<6]
    var moves: [Bool] = []
    for _ in 0..<6 {
      let before = values(trainer)[..<6]
      try trainer.trainStep(x, y, compiled: true)
      moves.append(values(trainer)[..<6] != before)
    }
    #expect(moves == [false, false, true, false, false, true])
    // Three steps on one batch at the same weights are one step.
    let plain = try self.trainer(SGD(learningRate: 0.1))
    for _ in 0..<2 { try plain.trainStep(x, y) }
    for (a, b) in zip(values(trainer)[..<6].joined(), values(plain).joined()) { #expect(abs(a - b) < 1e-6) }
    #expect(start != values(trainer)[..<6])
  }

  @Test func averagesTakeThePlaceOfWeights() throws {
    var adam = Adam(learningRate: 0.01)
    (adam.settings.useEMA, adam.settings.emaMomentum) = (true, 0.5)
    let trainer = try trainer(adam)
    try trainer.trainStep(x, y)
    // The averages begin with the weights after the first step.
    #expect(averages(trainer) == Array(values(trainer)[..<6]))
    for _ in 0..<3 { try trainer.trainStep(x, y) }
    let (weights, averages) = (Array(values(trainer)[..<6]), averages(trainer))
    #expect(weights != averages)
    trainer.swapWeightsAndAverages()
    #expect(Array(values(trainer)[..<6]) == averages)
    #expect(self.averages(trainer) == weights)
    trainer.swapWeightsAndAverages()
    #expect(Array(values(trainer)[..<6]) == weights)
    trainer.overwriteWeightsWithAverages()
    #expect(Array(values(trainer)[..<6]) == averages)
    // Keras's `fit` ends with that.
    try trainer.fit(x, y, epochs: 1, batchSize: 10)
    #expect(self.averages(trainer) == Array(values(trainer)[..<6]))
  }

  @Test func averagesAreValidatedAndSavedWhereACallbackSaysSo() throws {
    var adam = Adam(learningRate: 0.05)
    (adam.settings.useEMA, adam.settings.emaMomentum) = (true, 0.9)
    for swapOnEpoch in [false, true] {
      let trainer = try trainer(adam)
      var seen: [Bool] = []
      let watch = LambdaCallback(epochDidEnd: { _, _, trainer in
        let (weights, averages) = (Array(self.values(trainer)[..<6]), self.averages(trainer))
        seen.append(weights.joined().elementsEqual(averages.joined()))
      })
      let history = try trainer.fit(
        x, y, epochs: 2, batchSize: 5, validationData: (x, y),
        callbacks: [SwapEMAWeights(swapOnEpoch: swapOnEpoch), watch])
      #expect(seen == [false, false])
      // `fit` leaves the averages in both places, however it ends.
      #expect(averages(trainer) == Array(values(trainer)[..<6]))
      if !swapOnEpoch {
        // What was validated last is what is left.
        let (found, expected) = (try trainer.evaluate(x, y, batchSize: 5).loss, history["val_loss"][1])
        #expect(abs(found - expected) < 1e-6)
      }
    }
    #expect(throws: CoreError.self) { try self.trainer(Adam()).fit(x, y, epochs: 1, callbacks: [SwapEMAWeights()]) }
    // Stopped by another callback, behind it, after the first of many epochs.
    let stopped = try trainer(adam)
    var saved: [[Float]] = []
    let stop = LambdaCallback(epochDidEnd: { _, _, trainer in
      saved = Array(self.values(trainer)[..<6])
      trainer.shouldStop = true
    })
    try stopped.fit(x, y, epochs: 9, batchSize: 5, callbacks: [SwapEMAWeights(swapOnEpoch: true), stop])
    #expect(Array(values(stopped)[..<6]) == saved && averages(stopped) == saved)
  }

  @Test func noCallbackSetsTheRateThatAScheduleDecides() throws {
    let scheduled = Adam().scheduled(ExponentialDecay(initialLearningRate: 0.1, decaySteps: 5, decayRate: 0.5))
    let callbacks: [any Callback] = [LearningRateScheduler { _, rate in rate }, try ReduceLROnPlateau()]
    for callback in callbacks {
      #expect(throws: CoreError.self) { try self.trainer(scheduled).fit(x, y, epochs: 1, callbacks: [callback]) }
    }
  }

  @Test func withoutAveragesNothingIsExchanged() throws {
    let trainer = try trainer(Adam())
    try trainer.trainStep(x, y)
    let before = values(trainer)
    trainer.swapWeightsAndAverages()
    trainer.overwriteWeightsWithAverages()
    #expect(values(trainer) == before && trainer.state.averages(of: trainer.optimizer) == nil)
  }

  /// 16-bit weights: calculated in float32, rounded once per step.
  @Test func halfWeightsTrainWithEveryRule() throws {
    for optimizer in Self.rules {
      let spec = TensorSpec([4, 3], .bfloat16)
      let start = Tensor.randomNormal([4, 3], key: RandomKey(seed: 1))
      var weights = Weights(keys: [WeightKey(slot: 0, path: "w", spec: spec)], tensors: [start.cast(to: .bfloat16)])
      var state = OptimizerState(for: optimizer, weights: weights)
      for _ in 0..<3 {
        let gradients = Weights(keys: weights.keys, tensors: [start.cast(to: .bfloat16)])
        optimizer.step(&weights, gradients: gradients, state: &state)
      }
      #expect(weights.tensors[0].spec == spec, "\(type(of: optimizer).kind)")
      #expect(state.slots[0].allSatisfy { $0.dtype == .bfloat16 })
      let values = weights.tensors[0].cast(to: .float32).scalars(of: Float.self)
      #expect(values.allSatisfy { $0.isFinite })
    }
  }
}
