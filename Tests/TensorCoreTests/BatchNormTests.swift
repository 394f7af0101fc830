import Glibc
import TensorCore
import Testing

@Suite struct BatchNormTests {
  static let shapes: [Shape] = [[7, 1], [5, 3], [4, 17], [2, 3, 4, 6], [1, 5], [300, 2]]

  /// The elements of one channel of `[..., channels]`.
  func channel(_ values: [Double], _ channel: Int, of count: Int) -> [Double] {
    stride(from: channel, to: values.count, by: count).map { values[$0] }
  }

  func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  @Test(arguments: shapes, [DType.float32, .float64])
  func momentsAreMeanAndBiasedVariance(_ shape: Shape, _ dtype: DType) {
    let x = sample(shape, seed: 1, dtype)
    let (values, channels) = (numbers(x), shape[-1])
    let columns = (0..<channels).map { channel(values, $0, of: channels) }
    let moments = x.moments()
    expectClose(moments.mean, columns.map(mean), [channels], within: tolerance(dtype))
    let variances = columns.map { column in mean(column.map { ($0 - mean(column)) * ($0 - mean(column)) }) }
    expectClose(moments.variance, variances, [channels], within: tolerance(dtype))
  }

  @Test func aLargeMeanDoesNotDrownTheVariance() {
    let x = Tensor((0..<64).map { 10_000 + Float($0 % 4) }, [64, 1])
    expectClose(x.moments().variance, [1.25], [1], within: 1e-4)
  }

  @Test func anOutlierInFrontDoesNotDrownTheVariance() {
    for (rows, channels) in [(5000, 1), (3000, 3), (400, 64)] {
      var values = (0..<rows * channels).map { Float($0 / channels % 4) }
      for channel in 0..<channels { values[channel] = 30_000 }
      let column = stride(from: 0, to: values.count, by: channels).map { Double(values[$0]) }
      let variance = mean(column.map { ($0 - mean(column)) * ($0 - mean(column)) })
      let found = numbers(Tensor(values, Shape([rows, channels])).moments().variance)
      #expect(found.allSatisfy { abs($0 - variance) <= 1e-5 * variance })
    }
  }

  @Test(arguments: shapes, [DType.float32, .float64])
  func trainingNormalizesByTheBatch(_ shape: Shape, _ dtype: DType) {
    let channels = shape[-1]
    let x = sample(shape, seed: 2, dtype)
    let (gamma, beta) = (sample([channels], seed: 3, dtype), sample([channels], seed: 4, dtype))
    let (y, mean, variance) = x.batchNormalized(gamma: gamma, beta: beta, epsilon: 1e-3)
    let (ms, vs, gs, bs) = (numbers(mean), numbers(variance), numbers(gamma), numbers(beta))
    let expected = numbers(x).enumerated().map { index, value in
      let c = index % channels
      return gs[c] * (value - ms[c]) / (vs[c] + 1e-3).squareRoot() + bs[c]
    }
    expectClose(y, expected, shape, within: dtype == .float32 ? 2e-4 : 1e-11)
    let moments = x.moments()
    #expect(numbers(moments.mean) == ms && numbers(moments.variance) == vs)
    let scaled = numbers(x).enumerated().map { $1 * gs[$0 % channels] + bs[$0 % channels] }
    expectClose(x.scaleShift(gamma, beta), scaled, shape, within: tolerance(dtype))
  }

  /// Against central differences of the weighted sum of the outputs, in float64.
  @Test(arguments: [[5, 3], [2, 3, 2, 4]] as [Shape])
  func gradientsMatchFiniteDifferences(_ shape: Shape) {
    let (channels, epsilon) = (shape[-1], 1e-3)
    let inputs = [sample(shape, seed: 5), sample([channels], seed: 6), sample([channels], seed: 7)]
    let dy = sample(shape, seed: 8)
    let weights = numbers(dy)
    func loss(_ inputs: [Tensor]) -> Double {
      let y = inputs[0].batchNormalized(gamma: inputs[1], beta: inputs[2], epsilon: epsilon).y
      return zip(numbers(y), weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (mean, variance) = inputs[0].moments()
    let inverse = tensor(numbers(variance).map { 1 / ($0 + epsilon).squareRoot() }, [channels], .float64)
    let found = Tensor.apply(BatchNormGradient(), [inputs[0], dy, mean, inverse, inputs[1]])
    for number in 0..<3 {
      let expected = (0..<inputs[number].elementCount).map { element in
        func moved(_ step: Double) -> Double {
          var changed = inputs
          changed[number].withMutableScalars(of: Double.self) { $0[element] += step }
          return loss(changed)
        }
        return (moved(1e-5) - moved(-1e-5)) / 2e-5
      }
      expectClose(found[number], expected, inputs[number].shape, within: 1e-6)
    }
  }

  @Test(arguments: shapes)
  func float32GradientsMatchFloat64(_ shape: Shape) {
    func gradients(_ dtype: DType) -> [Tensor] {
      let c: Shape = [shape[-1]]
      let positive = tensor(sampleValues(c.elementCount, seed: 12).map { abs($0) + 0.5 }, c, dtype)
      return Tensor.apply(
        BatchNormGradient(),
        [
          sample(shape, seed: 9, dtype), sample(shape, seed: 10, dtype), sample(c, seed: 11, dtype), positive,
          sample(c, seed: 13, dtype),
        ])
    }
    for (single, double) in zip(gradients(.float32), gradients(.float64)) {
      expectClose(single, numbers(double), double.shape, within: 1e-4)
    }
  }

  @Test func objections() {
    let x = TensorSpec([2, 3])
    #expect(objection(Moments(), TensorSpec([3])).contains("expected [batch, ..., channels]"))
    #expect(
      objection(BatchNormTraining(epsilon: 1e-3), x, TensorSpec([2]), TensorSpec([3]))
        == "batch_norm_training: found gamma float32[2], expected shape [3]")
    #expect(objection(ScaleShift(), x, TensorSpec([3]), TensorSpec([2])).contains("found shift float32[2]"))
    #expect(objection(BatchNormGradient(), x, x).contains("found 2 inputs, expected 5"))
  }
}
