import AllocationCounter
import Data
import ModelZoo
import Optimizers
import TensorCore
import Testing
import Training

/// How often a compiled step asks the C library for memory once the first steps are done.
@Suite(.enabled(if: malloc_counter_works() != 0, "a sanitizer has the allocator to itself"))
struct StepAllocationTests {
  private static let optimizers: [any Optimizer] = [
    Adam(), Nadam(), AdamW(settings: OptimizerSettings(clipnorm: 1, weightDecay: 0.01)),
    SGD(
      settings: OptimizerSettings(
        schedule: ExponentialDecay(initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9))),
  ]

  private static func batch() -> Batch {
    let y = Tensor([0, 1, 2, 3] as [Int64])
    return Batch(inputs: [.randomUniform([4, 28, 28, 1], key: RandomKey(seed: 1))], targets: [y])
  }

  @Test(arguments: optimizers.indices)
  func aStepAllocatesNothing(_ optimizer: Int) throws {
    try Execution.$backends.withValue([]) {
      try Execution.$threadCount.withValue(1) {
        let trainer = try Trainer(
          LeNet5().model(), optimizer: Self.optimizers[optimizer], loss: SparseCategoricalCrossentropy(),
          metrics: [.accuracy])
        let batch = Self.batch()
        for _ in 0..<3 { _ = try trainer.trainStep(batch) }
        // Another test may take the pool's memory away meanwhile.
        let counts = try (0..<5).map { _ in
          let before = malloc_counter_of_this_thread()
          for _ in 0..<10 { _ = try trainer.trainStep(batch) }
          return malloc_counter_of_this_thread() - before
        }
        #expect(counts.min() == 0, "\(counts)")
      }
    }
  }

  @Test func logsThatSomebodyKeepsAreNotWrittenOver() throws {
    let trainer = try Trainer(LeNet5().model(), optimizer: Adam(), loss: SparseCategoricalCrossentropy())
    let batch = Self.batch()
    let logs = try (0..<4).map { _ in try trainer.trainStep(batch) }
    #expect(Set(logs.map(\.loss)).count == 4)
  }
}
