import AllocationCounter
import Layers
import ModelZoo
import Plan
import TensorCore
import Testing

/// How often this thread asks the C library for memory in a run after the first ones.
private func mallocs(_ run: () throws -> Void) rethrows -> Int {
  for _ in 0..<3 { try run() }
  let before = malloc_counter_of_this_thread()
  try run()
  return malloc_counter_of_this_thread() - before
}

/// Everything on the calling thread, so that its calls are all calls.
@Suite(.enabled(if: malloc_counter_works() != 0, "a sanitizer has the allocator to itself"))
struct AllocationTests {
  private func alone<R>(_ body: () throws -> R) rethrows -> R {
    try Execution.$backends.withValue([]) { try Execution.$threadCount.withValue(1) { try body() } }
  }

  @Test func theCounterCounts() {
    var kept: [[Int]] = []
    #expect(mallocs { kept.append([Int](repeating: kept.count, count: 50)) } >= 1)
  }

  @Test func predictingInASessionAllocatesNothing() throws {
    try alone {
      let model = try LeNet5().model()
      for batch in [1, 3] {
        let plan = try InferencePlan(inputs: [TensorSpec([batch, 28, 28, 1])]) { (inputs) throws(CoreError) in
          var context = CallContext(weights: model.weights)
          return model(inputs, &context)
        }
        let session = plan.makeSession()
        let arguments = [Tensor.randomUniform([batch, 28, 28, 1], key: RandomKey(seed: 1))]
        var results = plan.resultSpecs.map { Tensor(uninitialized: $0) }
        let count = try mallocs { try session.run(arguments, into: &results) }
        #expect(count == 0)
      }
    }
  }

  @Test func aPlanForFewerThreadsThanAllowedAllocatesNothingEither() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([8, 8])], threads: 1) { (x) throws(CoreError) in
      [x[0].matmul(x[0]).tanh().softmax()]
    }
    let session = plan.makeSession()
    let arguments = [Tensor.randomUniform([8, 8], key: RandomKey(seed: 1))]
    var results = plan.resultSpecs.map { Tensor(uninitialized: $0) }
    try Execution.$backends.withValue([]) {
      try Execution.$threadCount.withValue(4) {
        let count = try mallocs { try session.run(arguments, into: &results) }
        #expect(count == 0)
      }
    }
  }

  @Test func gradientsReductionsAndSlicesAllocateNothing() throws {
    try alone {
      let image = TensorSpec([2, 8, 8, 4])
      let (kernel, pooled) = (TensorSpec([3, 3, 4, 4]), TensorSpec([2, 4, 4, 4]))
      let indices = TensorSpec([2, 8, 8], .int32)
      let plan = try InferencePlan(inputs: [image, kernel, pooled, indices]) { (x) throws(CoreError) in
        let y = x[0].conv(x[1], padding: .same)
        let dKernel = Tensor.apply(
          ConvBackwardKernel(strides: [1, 1], padding: .same, kernelShape: kernel.shape), x[0], y)
        let dInput = Tensor.apply(
          ConvBackwardInput(strides: [1, 1], padding: .same, inputShape: image.shape), y, x[1])
        let most = y.maxPool(window: [2, 2])
        let ofMaximum = Tensor.apply(MaxPoolGradient(window: [2, 2], hasPooled: true), y, x[2], most)
        let ofAverage = Tensor.apply(AveragePoolGradient(window: [2, 2], inputShape: image.shape), x[2])
        let sums = [y.sum(axes: [0, 1, 2]), y.mean(axes: [0, 2]), y.max(axes: [1, 3]), y.sum()]
        let padded = y.padded(before: [0, 1, 1, 0], after: [0, 1, 2, 0])
        let part = padded.sliced(begin: [0, 1, 1, 0], end: [2, 9, 9, 4], strides: [1, 2, 2, 1])
        let rows = x[1].reshaped([9, 16]).gathered(x[3].clamped(0, 8))
        return [dKernel, dInput, ofMaximum, ofAverage, part, rows] + sums
      }
      let session = plan.makeSession()
      let key = RandomKey(seed: 1)
      let arguments = [
        Tensor.randomNormal(image.shape, key: key), Tensor.randomNormal(kernel.shape, key: key),
        Tensor.randomNormal(pooled.shape, key: key), Tensor.zeros(indices.shape, dtype: .int32),
      ]
      var results = plan.resultSpecs.map { Tensor(uninitialized: $0) }
      let count = try mallocs { try session.run(arguments, into: &results) }
      #expect(count == 0)
    }
  }
}
