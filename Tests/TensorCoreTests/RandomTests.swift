import Glibc
import TensorCore
import Testing

@Suite struct RandomTests {
  let key = RandomKey(seed: 42)

  static func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    (ReduceTests.mean(values), ReduceTests.variance(values))
  }

  func draws(_ key: RandomKey, _ shape: Shape) -> [[Double]] {
    [DType.float32, .float64].flatMap { dtype in
      [
        numbers(.randomUniform(shape, dtype: dtype, key: key)), numbers(.randomNormal(shape, dtype: dtype, key: key)),
        numbers(.randomTruncatedNormal(shape, dtype: dtype, key: key)),
      ]
    } + [
      numbers(.randomIntegers(shape, in: 0..<1000, key: key)),
      numbers(.randomIntegers(shape, in: 0..<1000, dtype: .int32, key: key)),
      numbers(.randomPermutation(count: shape.elementCount, key: key)),
    ]
  }

  @Test func theSameKeyGivesTheSameOnAnyNumberOfThreads() {
    let one = Execution.$threadCount.withValue(1) { draws(key, [101, 1003]) }
    let two = Execution.$threadCount.withValue(2) { draws(key, [101, 1003]) }
    #expect(one == two)
    #expect(one != draws(RandomKey(seed: 43), [101, 1003]))
  }

  @Test func anElementDoesNotDependOnHowManyAreDrawn() {
    for (few, many) in zip(draws(key, [10]), draws(key, [1000])).dropLast() { #expect(few == Array(many.prefix(10))) }
  }

  @Test(arguments: [DType.float32, .float64])
  func distributionsHaveTheirMoments(_ dtype: DType) {
    let uniform = numbers(.randomUniform([200_000], low: -1, high: 3, dtype: dtype, key: key))
    #expect(uniform.allSatisfy { $0 >= -1 && $0 < 3 })
    var (mean, variance) = Self.moments(uniform)
    #expect(abs(mean - 1) < 0.015 && abs(variance - 16 / 12) < 0.02)

    (mean, variance) = Self.moments(
      numbers(.randomNormal([200_000], mean: 2, standardDeviation: 3, dtype: dtype, key: key)))
    #expect(abs(mean - 2) < 0.04 && abs(variance - 9) < 0.15)

    let truncated = numbers(.randomTruncatedNormal([200_000], mean: 1, standardDeviation: 2, dtype: dtype, key: key))
    #expect(truncated.allSatisfy { abs($0 - 1) <= 4.000001 })
    (mean, variance) = Self.moments(truncated)
    // The variance of a standard normal cut at ±2 is 0.7737.
    #expect(abs(mean - 1) < 0.03 && abs(variance - 4 * 0.7737) < 0.06)
  }

  @Test func normalTailsAreThere() {
    let x = numbers(.randomNormal([200_000], key: key))
    let beyondTwo = Double(x.count { abs($0) > 2 }) / 200_000
    #expect(abs(beyondTwo - 0.0455) < 0.003)
    #expect(x.contains { abs($0) > 4 })
  }

  @Test func integersCoverTheirRangeEvenly() {
    let x = Tensor.randomIntegers([60_000], in: -2...3, key: key).scalars(of: Int64.self)
    for value in Int64(-2)...3 { #expect(abs(x.count { $0 == value } - 10_000) < 500) }
    let y = Tensor.randomIntegers([1000], in: 5..<6, dtype: .int32, key: key)
    #expect(y.scalars(of: Int32.self).allSatisfy { $0 == 5 })
  }

  @Test(arguments: [0, 1, 2, 1000])
  func aPermutationHasEveryNumberOnce(_ count: Int) {
    let x = Tensor.randomPermutation(count: count, key: key).scalars(of: Int64.self)
    #expect(x.sorted() == (0..<count).map(Int64.init))
    if count == 1000 { #expect(x != x.sorted()) }
  }

  @Test func streamsAreIndependent() {
    var parent = key
    let keys = [key, key.folding(1), key.folding(2), parent.split(), parent.split(), parent]
    let draws = keys.map { numbers(Tensor.randomNormal([20_000], dtype: .float64, key: $0)) }
    for i in draws.indices {
      for j in draws.indices where i < j {
        #expect(abs(zip(draws[i], draws[j]).reduce(0) { $0 + $1.0 * $1.1 } / 20_000) < 0.03)
      }
    }
  }

  @Test func sixteenBitNumbersAreDrawnAndCast() {
    let x = Tensor.randomUniform([100], dtype: .bfloat16, key: key)
    #expect(x.dtype == .bfloat16)
    #expect(
      numbers(x.cast(to: .float64))
        == numbers(Tensor.randomUniform([100], key: key).cast(to: .bfloat16).cast(to: .float64)))
  }

  @Test func objections() {
    let spec = TensorSpec([3], .int32)
    #expect(
      objection(RandomUniform(spec: spec, stream: 0, low: 0, high: 1), TensorSpec([2], .int64)).contains("int32[3]"))
    #expect(
      objection(RandomIntegers(spec: spec, stream: 0, low: 3, high: 3), TensorSpec([2], .int64)).contains("3..<3"))
    #expect(
      objection(RandomIntegers(spec: spec, stream: 0, low: 0, high: 1 << 40), TensorSpec([2], .int64))
        .contains("int32 can hold"))
    #expect(
      objection(RandomPermutation(count: 3, stream: 0), TensorSpec([2])).contains(
        "found float32[2], expected a random key"))
  }
}
