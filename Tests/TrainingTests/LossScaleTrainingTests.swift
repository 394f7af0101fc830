import Layers
import Optimizers
import Plan
import TensorCore
import Testing
import Training

/// Training under `mixed_float16`, whose loss is scaled.
@Suite struct LossScaleTrainingTests {
  private let x = Tensor.randomNormal([24, 6], key: RandomKey(seed: 1))
  private var y: Tensor { x.sliced(axis: 1, 0..<3).argMax() }

  private func model(_ policy: DTypePolicy = .mixedFloat16) throws -> Model {
    let layers = Sequential([
      InputLayer(shape: [6]), Dense(units: 8, activation: .relu), BatchNormalization(), Dropout(0.1),
      Dense(units: 3, activation: .softmax),
    ])
    return try Model(layers.withDTypePolicy(policy), start: .seed(2))
  }

  private func trainer(_ optimizer: any Optimizer, _ policy: DTypePolicy = .mixedFloat16) throws -> Trainer {
    try Trainer(model(policy), optimizer: optimizer, loss: SparseCategoricalCrossentropy(), seed: 3)
  }

  private func numbers(_ trainer: Trainer) -> [[Float]] {
    (trainer.model.weights.tensors + trainer.state.slots.flatMap { $0 }).map { $0.scalars(of: Float.self) }
  }

  @Test func theOptimizerOfAMixedFloat16ModelIsWrapped() throws {
    let wrapped = try #require(try trainer(Adam()).optimizer as? LossScaleOptimizer)
    #expect(wrapped.innerOptimizer is Adam && wrapped.initialScale == 32768 && wrapped.dynamicGrowthSteps == 2000)
    let own = try trainer(LossScaleOptimizer(SGD(), initialScale: 8)).optimizer as? LossScaleOptimizer
    #expect(own?.initialScale == 8 && own?.innerOptimizer is SGD)
    #expect(try trainer(Adam(), .mixedBfloat16).optimizer is Adam)
    #expect(try trainer(Adam(), .float16).optimizer is Adam)
    let plain = try Trainer(
      model(), optimizer: Adam(), loss: SparseCategoricalCrossentropy(), autoScaleLoss: false)
    #expect(plain.optimizer is Adam)
  }

  /// Scales from so high that the first steps overflow to one that keeps growing, with clipping behind the unscaling.
  @Test(
    arguments: [
      LossScaleOptimizer(Adam(learningRate: 0.01), initialScale: 16_777_216, dynamicGrowthSteps: 3),
      LossScaleOptimizer(
        SGD(learningRate: 0.1, momentum: 0.9, settings: OptimizerSettings(globalClipnorm: 0.1, weightDecay: 0.01)),
        dynamicGrowthSteps: 2),
      LossScaleOptimizer(Adam(settings: OptimizerSettings(clipvalue: 0.001)), initialScale: 1, dynamicGrowthSteps: 1),
    ])
  func compiledStepsAreThoseOperationByOperation(optimizer: LossScaleOptimizer) throws {
    let (compiled, eager) = (try trainer(optimizer), try trainer(optimizer))
    for step in 0..<24 {
      let logs = try (compiled.trainStep(x, y, compiled: true), eager.trainStep(x, y, compiled: false))
      #expect(logs.0 == logs.1)
      #expect(compiled.state.lossScale == eager.state.lossScale, "step \(step)")
      #expect(compiled.state.iterations == eager.state.iterations)
      #expect(numbers(compiled) == numbers(eager), "step \(step)")
      #expect(logs.0.loss.isFinite)
    }
    #expect(compiled.lastStepExecution == .compiled)
    #expect(compiled.state.iterations > 8)
  }

  @Test func aStepThatOverflowsChangesNothingAndHalvesTheScale() throws {
    let trainer = try trainer(LossScaleOptimizer(Adam(), initialScale: 1e30, dynamicGrowthSteps: 2))
    for compiled in [Compilation.required, .never] {
      let (before, scale) = (trainer.model.weights, trainer.state.lossScale ?? LossScale(1e30))
      try trainer.trainStep(x, y, compiled: compiled)
      #expect(trainer.state.iterations == 0)
      #expect(trainer.state.lossScale == LossScale(scale.value / 2))
      #expect(trainer.state.slots.allSatisfy { $0.allSatisfy { $0.scalars(of: Float.self).allSatisfy { $0 == 0 } } })
      for index in before.trainableIndices {
        #expect(
          trainer.model.weights.tensors[index].scalars(of: Float.self) == before.tensors[index].scalars(of: Float.self))
      }
    }
  }

  /// A scale that is a power of two changes nothing in float32.
  @Test func aFixedScaleOfFloat32TrainsTheSame() throws {
    let plain = try trainer(SGD(learningRate: 0.1, settings: OptimizerSettings(clipnorm: 0.1)), .float32)
    let scaled = try trainer(
      SGD(learningRate: 0.1, settings: OptimizerSettings(clipnorm: 0.1, lossScaleFactor: 1024)), .float32)
    for compiled in [Compilation.required, .never] {
      let logs = try (plain.trainStep(x, y, compiled: compiled), scaled.trainStep(x, y, compiled: compiled))
      #expect(logs.0 == logs.1)
      #expect(numbers(plain) == numbers(scaled))
    }
  }

  @Test func aScheduleOfTheInnerOptimizerNeedsNoNewPlan() throws {
    let (compiled, eager) = (try trainer(SGD(learningRate: 0.1)), try trainer(SGD(learningRate: 0.1)))
    for _ in 0..<4 {
      try compiled.trainStep(x, y, compiled: true)
      try eager.trainStep(x, y, compiled: false)
      for trainer in [compiled, eager] { trainer.optimizer.learningRate /= 2 }
    }
    #expect(compiled.optimizer.learningRate == 0.1 / 16)
    #expect(numbers(compiled) == numbers(eager))
  }

  @Test(arguments: [DTypePolicy.float64, .float16, .bfloat16])
  func modelsOfOneTypeTrainCompiledAndNot(policy: DTypePolicy) throws {
    let dtype = try #require(DType(rawValue: policy.rawValue))
    for optimizer in [Adam(learningRate: 0.01), SGD(learningRate: 0.1, momentum: 0.9)] as [any Optimizer] {
      let (compiled, eager) = (try trainer(optimizer, policy), try trainer(optimizer, policy))
      #expect(compiled.model.weights.keys.allSatisfy { $0.spec.dtype == dtype })
      let first = try compiled.trainStep(x, y, compiled: true).loss
      try eager.trainStep(x, y, compiled: false)
      for (a, b) in zip(compiled.model.weights.tensors, eager.model.weights.tensors) {
        #expect(a.cast(to: .float64).scalars(of: Double.self) == b.cast(to: .float64).scalars(of: Double.self))
      }
      for _ in 0..<30 { try compiled.trainStep(x, y) }
      #expect(try compiled.trainStep(x, y).loss < first * 0.8)
    }
  }
}
