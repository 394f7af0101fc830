import Data
import Layers
import Optimizers
import Plan
import Synchronization
import TensorCore
import Testing
import Training

/// Compiled steps give what steps give that run operation by operation.
@Suite struct CompiledTrainingTests {
  private func convolutional() throws -> Model {
    try Model(
      Sequential([
        InputLayer(shape: [8, 8, 2]), Conv2D(filters: 4, kernelSize: 3, padding: .same, activation: .relu),
        BatchNormalization(), MaxPooling2D(poolSize: 2), Dropout(0.25), Flatten(),
        Dense(units: 8, activation: .tanh), Dense(units: 3, activation: .softmax),
      ]), start: .seed(5))
  }

  private let x = Tensor.randomNormal([22, 8, 8, 2], key: RandomKey(seed: 1))
  private let y = Tensor.randomIntegers([22], in: 0..<3, dtype: .int64, key: RandomKey(seed: 2))

  private func weights(_ trainer: Trainer) -> [[Float]] {
    trainer.model.weights.tensors.map { $0.scalars(of: Float.self) }
      + trainer.state.slots.flatMap { $0.map { $0.scalars(of: Float.self) } }
  }

  private func expectSame(
    _ optimizer: any Optimizer, _ metrics: [MetricChoice] = [.accuracy], epochs: Int = 3,
    callbacks: [any Callback] = [], sampleWeights: Tensor? = nil
  ) throws {
    let run = { (compiled: Compilation) throws -> (History, Trainer) in
      let trainer = try Trainer(
        self.convolutional(), optimizer: optimizer, loss: SparseCategoricalCrossentropy(), metrics: metrics, seed: 3)
      // 22 samples in batches of 8: the last one is smaller.
      let history = try trainer.fit(
        self.x, self.y, sampleWeights: sampleWeights, epochs: epochs, batchSize: 8, callbacks: callbacks,
        compiled: compiled)
      return (history, trainer)
    }
    let (compiled, eager) = (try run(true), try run(false))
    #expect(compiled.0.epochs == eager.0.epochs)
    #expect(compiled.1.state.iterations == eager.1.state.iterations)
    #expect(weights(compiled.1) == weights(eager.1))
  }

  @Test func adamTrainsTheSame() throws { try expectSame(Adam()) }

  /// Augmented images are drawn anew in every step, compiled or not.
  @Test func augmentationsTrainTheSame() throws {
    let run = { (compiled: Compilation) throws -> (History, [[Float]]) in
      let model = try Model(
        Sequential([
          InputLayer(shape: [8, 8, 2]), RandomCrop(height: 7, width: 6), RandomFlip(.horizontal), RandomRotation(0.1),
          RandomZoom(height: 0.2), RandomTranslation(height: 0.2, width: 0.1), RandomShear(x: 0.2),
          RandomPerspective(scale: 0.3), RandomContrast(0.2, valueRange: [-9, 9]),
          RandomBrightness(0.1, valueRange: [-9, 9]), Resizing(height: 5, width: 5), Flatten(),
          Dense(units: 3, activation: .softmax),
        ]), start: .seed(5))
      let trainer = try Trainer(model, optimizer: Adam(), loss: SparseCategoricalCrossentropy(), seed: 3)
      let history = try trainer.fit(self.x, self.y, epochs: 2, batchSize: 8, compiled: compiled)
      return (history, self.weights(trainer))
    }
    let (compiled, eager) = (try run(true), try run(false))
    #expect(compiled.0.epochs == eager.0.epochs)
    #expect(compiled.1 == eager.1)
  }

  /// No plan computes a step whose sizes are drawn.
  @Test func aStepOfRandomSizesIsComputedByOperation() throws {
    let model = try Model(
      Sequential([
        InputLayer(shape: [8, 8, 2]), RandomHeight(0.4), RandomWidth(0.4), Conv2D(filters: 3, kernelSize: 3),
        GlobalAveragePooling2D(), Dense(units: 3, activation: .softmax),
      ]), start: .seed(5))
    let trainer = try Trainer(model, optimizer: Adam(), loss: SparseCategoricalCrossentropy(), seed: 3)
    let history = try trainer.fit(x, y, epochs: 2, batchSize: 8)
    #expect(history.uncompiledReasons.contains { $0.contains("draws the size") })
    #expect(history["loss"].allSatisfy { $0.isFinite })
    #expect(throws: CoreError.self) { try trainer.fit(self.x, self.y, batchSize: 8, compiled: .required) }
    #expect(try trainer.evaluate(x, y)["loss"]?.isFinite == true)
  }

  @Test func augmentationsCanBeAStepOfAPipeline() throws {
    let flip = try Model(Sequential([InputLayer(shape: [8, 8, 2]), RandomFlip(.horizontal), RandomZoom(height: 0.2)]))
    let steps = Atomic(0)
    let augmented = try TensorDataset(inputs: [x], targets: [y], batchSize: 8).map { batch in
      let step = steps.wrappingAdd(1, ordering: .relaxed).oldValue
      let key = RandomKey(seed: 7).folding(step)
      var (batch, context) = (batch, CallContext(weights: flip.weights, isTraining: true, random: key))
      batch.inputs = flip(batch.inputs, &context)
      return batch
    }
    let epochs = try (0..<2).map { epoch in
      let stream = try augmented.batches(epoch: epoch)
      let first = try #require(try stream.next())
      return first.inputs[0].scalars(of: Float.self)
    }
    #expect(epochs[0] != epochs[1])
    #expect(epochs[0] != x.aliasedRows(0..<8).scalars(of: Float.self))
  }

  @Test func amsgradWithDecayAndClippingTrainsTheSame() throws {
    try expectSame(Adam(amsgrad: true, settings: OptimizerSettings(globalClipnorm: 0.5, weightDecay: 0.01)))
  }

  @Test func gradientDescentTrainsTheSame() throws {
    try expectSame(SGD(learningRate: 0.1))
    try expectSame(
      SGD(learningRate: 0.1, momentum: 0.9, nesterov: true, settings: OptimizerSettings(clipnorm: 0.1)))
  }

  @Test func sampleWeightsAndMetricsThatAreNoMeansCountTheSame() throws {
    try expectSame(
      Adam(), [.accuracy, MetricChoice(CountingMetric(), name: "counting")],
      sampleWeights: Tensor.randomUniform([22], key: RandomKey(seed: 9)))
  }

  @Test func aScheduleIsFollowed() throws { try expectSame(Adam(), callbacks: [Halving()]) }

  /// Halves the learning rate after every batch.
  private final class Halving: Callback {
    func batchDidEnd(_ report: BatchReport, _ trainer: Trainer) throws { trainer.optimizer.learningRate /= 2 }
  }

  @Test func aSnapshotStaysWhileTrainingGoesOn() throws {
    let trainer = try Trainer(convolutional(), optimizer: Adam(), loss: SparseCategoricalCrossentropy())
    try trainer.trainStep(x, y)
    let (model, state) = (trainer.model, trainer.state)
    let before = model.weights.tensors.map { $0.scalars(of: Float.self) }
    let slots = state.slots[0][0].scalars(of: Float.self)
    for _ in 0..<2 { try trainer.trainStep(x, y) }
    #expect(model.weights.tensors.map { $0.scalars(of: Float.self) } == before)
    #expect(state.slots[0][0].scalars(of: Float.self) == slots)
    #expect(trainer.model.weights.tensors[0].scalars(of: Float.self) != before[0])
    trainer.model = model
    #expect(trainer.model.weights.tensors.map { $0.scalars(of: Float.self) } == before)
    try trainer.trainStep(x, y)
  }

  @Test func changedWeightsAreTrainedOn() throws {
    let trainers = try (0..<2).map { _ in
      try Trainer(convolutional(), optimizer: Adam(), loss: SparseCategoricalCrossentropy())
    }
    for (trainer, compiled) in zip(trainers, [Compilation.required, .never]) {
      try trainer.trainStep(x, y, compiled: compiled)
      trainer.model.weights.tensors[0] = trainer.model.weights.tensors[0] * 3
      try trainer.trainStep(x, y, compiled: compiled)
      // Now the other way.
      try trainer.trainStep(x, y, compiled: compiled == .never ? .required : .never)
    }
    #expect(weights(trainers[0]) == weights(trainers[1]))
  }

  @Test func aLossThatReadsValuesTrainsOperationByOperation() throws {
    let trainers = try (0..<2).map { _ in try Trainer(convolutional(), optimizer: Adam(), loss: ReadingLoss()) }
    let targets = Tensor.randomUniform([22, 3], key: RandomKey(seed: 4))
    for (trainer, compiled) in zip(trainers, [Compilation.automatic, .never]) {
      for _ in 0..<2 { try trainer.trainStep(x, targets, compiled: compiled) }
    }
    #expect(weights(trainers[0]) == weights(trainers[1]))
    let history = try trainers[0].fit(x, targets, batchSize: 11)
    #expect(history.uncompiledReasons.count == 1 && history.uncompiledReasons[0].contains("value"))
    guard case .byOperation(let reason)? = trainers[0].lastStepExecution else {
      Issue.record("found \(String(describing: trainers[0].lastStepExecution)), expected a reason")
      return
    }
    #expect(reason == history.uncompiledReasons[0])
    let error = #expect(throws: CoreError.self) { try trainers[0].trainStep(x, targets, compiled: true) }
    #expect(error?.message.contains("cannot be compiled") == true)
  }

  @Test func theTrainerSaysHowItsStepsRun() throws {
    let trainer = try Trainer(convolutional(), optimizer: Adam(), loss: SparseCategoricalCrossentropy())
    #expect(trainer.lastStepExecution == nil)
    // Two batches of 11 samples, or one of 16 and one of 6, whose shape is not compiled when it comes first.
    #expect(try trainer.fit(x, y, batchSize: 11).uncompiledReasons.isEmpty)
    #expect(trainer.lastStepExecution == .compiled)
    try trainer.trainStep(x.aliasedRows(0..<6), y.aliasedRows(0..<6))
    #expect(trainer.lastStepExecution == .firstOfItsShape)
    try trainer.trainStep(x.aliasedRows(0..<5), y.aliasedRows(0..<5), compiled: true)
    #expect(trainer.lastStepExecution == .compiled)
    #expect(try trainer.fit(x, y, batchSize: 16).uncompiledReasons.isEmpty)
    #expect(try trainer.fit(x, y, compiled: false).uncompiledReasons == ["not to be compiled"])
    trainer.config.extras["run_eagerly"] = true
    #expect(try trainer.fit(x, y).uncompiledReasons == ["found run_eagerly true in the training config"])
  }

  @Test func evaluationIsTheSameCompiled() throws {
    let trainer = try Trainer(
      convolutional(), optimizer: Adam(), loss: SparseCategoricalCrossentropy(), metrics: [.accuracy])
    let (a, b) = (
      try trainer.evaluate(x, y, batchSize: 8, compiled: true),
      try trainer.evaluate(x, y, batchSize: 8, compiled: false)
    )
    #expect(a.names == b.names)
    for name in a.names { #expect(abs(a[name]! - b[name]!) < 1e-5) }
  }
}

/// The mean absolute difference, by way of a number that it reads.
private struct ReadingLoss: Loss {
  static let kind = "ReadingLoss"
  static let names = ["reading_loss"]
  static let template = ReadingLoss()
  var reduction = LossReduction.sumOverBatchSize

  func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor { targets }

  func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
    let largest = targets.scalars(of: Float.self).max() ?? 0
    return LossValues((targets - predictions).abs().mean(axes: [-1]) * Double(largest))
  }
}

/// The sum of all predictions, which is no mean.
private struct CountingMetric: Metric {
  static let kind = "CountingMetric"
  static let names = ["counting"]
  static let template = CountingMetric()

  var stateCount: Int { 1 }

  func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {}

  func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    [predictions.scalars(of: Float.self).reduce(0) { $0 + Double($1) }]
  }

  func result(_ state: [Double]) -> Double { state[0] }
}
