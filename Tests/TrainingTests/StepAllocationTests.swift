import AllocationCounter
import ModelZoo
import Optimizers
import TensorCore
import Testing
import Training

/// How often a compiled step asks the C library for memory once the first steps are done.
@Suite(.enabled(if: malloc_counter_works() != 0, "a sanitizer has the allocator to itself"))
struct StepAllocationTests {
  /// Batch, logs and the optimizer's numbers are arrays; what the plan runs is not, however many layers it has.
  @Test func aStepAllocatesNothingButWhatItIsGivenAndReturns() throws {
    try Execution.$backends.withValue([]) {
      try Execution.$threadCount.withValue(1) {
        let trainer = try Trainer(LeNet5().model(), optimizer: Adam(), loss: SparseCategoricalCrossentropy())
        let x = Tensor.randomUniform([4, 28, 28, 1], key: RandomKey(seed: 1))
        let y = Tensor([0, 1, 2, 3] as [Int64])
        for _ in 0..<3 { _ = try trainer.trainStep(x, y) }
        let before = malloc_counter_of_this_thread()
        _ = try trainer.trainStep(x, y)
        #expect(malloc_counter_of_this_thread() - before <= 8)
      }
    }
  }
}
