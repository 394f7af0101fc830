import AutoDiff
import Plan
import TensorCore
import Testing

/// What training plans fuse gives the numbers of the operations one by one.
@Suite struct TrainingFusionTests {
  private static let passes: [any Pass] = [BatchNormFusion(), PoolingTaps(), DeadNodes()]

  /// The value of `body` at `inputs`, and the gradients for an arbitrary one of the value: captured, fused, and run both
  /// ways. Bits must agree.
  private func expectSame(
    _ inputs: [Tensor], fused expected: Set<String>, absent: Set<String> = [],
    _ location: SourceLocation = #_sourceLocation, _ body: @escaping ([Tensor]) -> Tensor
  ) throws {
    let result = try compile(inputs, Self.passes) { (arguments) throws(CoreError) -> [Tensor] in
      let (values, pull) = pullback(at: arguments) { [body($0)] }
      return values + pull([sample(values[0].shape, 99, dtype: values[0].dtype)])
    }
    #expect(expected.isSubset(of: result.names), sourceLocation: location)
    #expect(absent.isDisjoint(with: result.names), sourceLocation: location)
    for (a, b) in zip(result.expected, result.found) {
      #expect(a.spec == b.spec, sourceLocation: location)
      let pairs = zip(a.cast(to: .float64).scalars(of: Double.self), b.cast(to: .float64).scalars(of: Double.self))
      #expect(pairs.allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }, sourceLocation: location)
    }
  }

  private static let shapes: [Shape] = [
    [7, 1], [1, 3, 3, 2], [2, 5, 3, 4], [3, 9, 11, 17], [2, 6, 5, 70], [40, 300],
  ]

  private func normalized(_ x: Tensor, _ gamma: Tensor, _ beta: Tensor) -> Tensor {
    x.batchNormalized(gamma: gamma, beta: beta, epsilon: 1e-3).y
  }

  private func inputs(_ shape: Shape, _ dtype: DType, count: Int = 1) -> [Tensor] {
    [sample([shape.last], 1, dtype: dtype), sample([shape.last], 2, dtype: dtype)]
      + (0..<count).map { sample(shape, UInt64(3 + $0), dtype: dtype) }
  }

  @Test(arguments: shapes, [DType.float32, .float64])
  func aNormalizationWithItsActivation(_ shape: Shape, _ dtype: DType) throws {
    for activation in [FusableActivation.relu, .relu6] {
      try expectSame(
        inputs(shape, dtype), fused: ["fused_batch_norm_gradient"],
        absent: ["activate", "activate_gradient_from_output", "batch_norm_gradient"]
      ) { self.normalized($0[2], $0[0], $0[1]).activated(activation) }
    }
  }

  @Test(arguments: shapes, [DType.float32, .float64])
  func aResidualBlock(_ shape: Shape, _ dtype: DType) throws {
    try expectSame(
      inputs(shape, dtype, count: 2), fused: ["fused_batch_norm_gradient"],
      absent: ["activate", "activate_gradient_from_output", "batch_norm_gradient"]
    ) { ($0[3] + self.normalized($0[2], $0[0], $0[1])).relu() }
    // Both sides normalized, and two blocks in a row, so that two gradients meet.
    try expectSame(
      inputs(shape, dtype, count: 2), fused: ["fused_batch_norm_gradient", "batch_norm_gradient"],
      absent: ["activate", "activate_gradient_from_output"]
    ) {
      let first = (self.normalized($0[3], $0[1], $0[0]) + self.normalized($0[2], $0[0], $0[1])).relu()
      return (self.normalized(first * 2, $0[0], $0[1]) + first).relu()
    }
  }

  @Test func theSumOfTheGradientForABias() throws {
    for shape: Shape in [[2, 5, 3, 4], [6, 70]] {
      let bias = sample([shape.last], 9)
      try expectSame(inputs(shape, .float32) + [bias], fused: ["fused_batch_norm_gradient"], absent: ["reduce"]) {
        self.normalized($0[2] + $0[3], $0[0], $0[1]).relu()
      }
    }
  }

  @Test func whatOthersReadStays() throws {
    let shape: Shape = [2, 5, 3, 4]
    // The sum before the activation, the normalized value, and the activation of something else.
    try expectSame(inputs(shape, .float32, count: 2), fused: ["activate", "batch_norm_gradient"]) {
      let sum = $0[3] + self.normalized($0[2], $0[0], $0[1])
      return sum.relu() + sum
    }
    try expectSame(inputs(shape, .float32), fused: ["activate", "batch_norm_gradient"]) {
      let y = self.normalized($0[2], $0[0], $0[1])
      return y.relu() * y
    }
    try expectSame(inputs(shape, .float32), fused: ["activate", "batch_norm_gradient"]) {
      self.normalized($0[2], $0[0], $0[1]).tanh().relu()
    }
  }

  @Test func notANumberAndInfinityStayWhereTheyAre() throws {
    for (odd, channels) in [(Float.nan, 4), (.nan, 20), (.infinity, 4), (-.infinity, 20)] {
      var values = inputs([2, 5, 3, channels], .float32, count: 2)
      values[2].withMutableScalars(of: Float.self) { $0[31] = odd }
      values[3].withMutableScalars(of: Float.self) { $0[57] = odd }
      try expectSame(values, fused: ["fused_batch_norm_gradient", "max_pool_gradient_from_taps"]) {
        ($0[3] + self.normalized($0[2], $0[0], $0[1]).relu()).relu().maxPool(window: [2, 2])
      }
    }
  }

  @Test(arguments: [DType.float32, .float64])
  func poolingWithTaps(_ dtype: DType) throws {
    let cases: [(Shape, [Int], [Int], ConvPadding)] = [
      ([2, 6, 8, 1], [2, 2], [2, 2], .valid), ([2, 7, 9, 6], [2, 2], [2, 2], .valid),
      ([1, 7, 9, 20], [3, 3], [2, 2], .same), ([2, 5, 7, 3], [3, 2], [1, 3], .explicit([1, 1], [1, 0])),
      ([2, 9, 64], [2], [2], .valid), ([1, 4, 5, 3, 2], [2, 2, 2], [2, 2, 1], .same),
      ([1, 9, 9, 5], [2, 2], [3, 4], .valid),
    ]
    for (shape, window, strides, padding) in cases {
      // Whole numbers, so that maxima are met more than once.
      let x = (sample(shape, 4, dtype: dtype) * 3).rounded()
      for isBehindRelu in [false, true] {
        try expectSame([x], fused: ["max_pool_with_taps", "max_pool_gradient_from_taps"], absent: ["pool"]) {
          (isBehindRelu ? $0[0].relu() : $0[0]).maxPool(window: window, strides: strides, padding: padding)
        }
      }
    }
  }

  @Test func aWindowOfTooManyPositionsStays() throws {
    try expectSame([sample([1, 17, 17, 2])], fused: ["pool", "max_pool_gradient"]) { $0[0].maxPool(window: [16, 16]) }
  }

  @Test func fusedOperationsSayWhatTheyExpect() {
    let (x, c) = (TensorSpec([2, 3]), TensorSpec([3]))
    func objection(_ operation: some TensorCore.Operation, _ inputs: [TensorSpec]) -> String? {
      do throws(CoreError) {
        _ = try operation.infer(inputs)
        return nil
      } catch { return error.message }
    }
    #expect(
      objection(BatchNormTraining(epsilon: 1, activation: .tanh), [x, c, c])?.contains("expected linear, relu") == true)
    #expect(
      objection(BatchNormTraining(epsilon: 1, hasResidual: true), [x, c, c, c])?.contains("found residual") == true)
    let linear = FusedBatchNormGradient(epsilon: 1, hasResidual: true)
    #expect(objection(linear, [x, x, c, c, c, x])?.contains("expected linear, relu or relu6") == true)
    let second = FusedBatchNormGradient(epsilon: 1, activation: .relu, hasSecond: true)
    #expect(objection(second, [x, x, c, c, c, c, c]) != nil)
    #expect(
      objection(FusedBatchNormGradient(epsilon: 1, activation: .relu), [x, x, c, c, c])?.contains("5 inputs") == true)
    #expect(objection(MaxPoolWithTaps(window: [16, 16]), [TensorSpec([1, 20, 20, 1])])?.contains("255") == true)
    let spread = MaxPoolGradientFromTaps(window: [2], strides: [2], padding: .valid, inputShape: [1, 4, 3])
    #expect(objection(spread, [TensorSpec([1, 2, 3]), TensorSpec([1, 2, 3])])?.contains("found taps") == true)
  }
}
