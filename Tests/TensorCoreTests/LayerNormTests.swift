import Glibc
import TensorCore
import Testing

@Suite struct LayerNormTests {
  static let shapes: [Shape] = [[7, 1], [5], [4, 17], [2, 3, 4, 6], [1, 300], [0, 3]]

  /// y, mean and inverse deviation of every row, written out.
  private func expected(_ x: Tensor, _ gamma: Tensor, _ beta: Tensor, _ epsilon: Double) -> [[Double]] {
    let (values, gs, bs, channels) = (numbers(x), numbers(gamma), numbers(beta), x.shape[-1])
    var (y, means, inverses): ([Double], [Double], [Double]) = ([], [], [])
    for start in stride(from: 0, to: values.count, by: channels) {
      let row = values[start..<start + channels]
      let mean = row.reduce(0, +) / Double(channels)
      let inverse = 1 / (row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels) + epsilon).squareRoot()
      means.append(mean)
      inverses.append(inverse)
      y += zip(row, zip(gs, bs)).map { ($0 - mean) * inverse * $1.0 + $1.1 }
    }
    return [y, means, inverses]
  }

  @Test(arguments: shapes, [DType.float32, .float64])
  func rowsAreNormalized(_ shape: Shape, _ dtype: DType) {
    let (x, c) = (sample(shape, seed: 1, dtype), [shape[-1]] as Shape)
    let (gamma, beta) = (sample(c, seed: 2, dtype), sample(c, seed: 3, dtype))
    let found = Tensor.apply(LayerNorm(epsilon: 1e-3), [x, gamma, beta])
    let rows = shape[0..<shape.rank - 1]
    for (tensor, (values, shape)) in zip(found, zip(expected(x, gamma, beta, 1e-3), [shape, rows, rows])) {
      expectClose(tensor, values, shape, within: dtype == .float32 ? 2e-4 : 1e-11)
    }
  }

  @Test func aLargeMeanDoesNotDrownTheVariance() {
    let x = Tensor((0..<64).map { 10_000 + Float($0 % 4) }, [1, 64])
    let (one, zero) = (Tensor.ones([64]), Tensor.zeros([64]))
    let found = Tensor.apply(LayerNorm(epsilon: 0), [x, one, zero])
    let expected: Double = 1 / 1.25.squareRoot()
    expectClose(found[2], [expected], [1], within: 1e-5)
  }

  /// Against central differences of the weighted sum of the outputs, in float64.
  @Test(arguments: [[5, 3], [2, 3, 2, 4]] as [Shape])
  func gradientsMatchFiniteDifferences(_ shape: Shape) {
    let c: Shape = [shape[-1]]
    let inputs = [sample(shape, seed: 5), sample(c, seed: 6), sample(c, seed: 7)]
    let dy = sample(shape, seed: 8)
    let weights = numbers(dy)
    func loss(_ inputs: [Tensor]) -> Double {
      zip(numbers(inputs[0].layerNormalized(gamma: inputs[1], beta: inputs[2], epsilon: 1e-3)), weights)
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    let outputs = Tensor.apply(LayerNorm(epsilon: 1e-3), inputs)
    let found = Tensor.apply(LayerNormGradient(), [inputs[0], dy, outputs[1], outputs[2], inputs[1]])
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

  @Test func objections() {
    let x = TensorSpec([2, 3])
    #expect(
      objection(LayerNorm(epsilon: 1e-3), x, TensorSpec([2]), TensorSpec([3]))
        == "layer_norm: found gamma float32[2], expected shape [3]")
    #expect(objection(LayerNorm(epsilon: 1e-3), TensorSpec([]), x, x).contains("expected [..., channels]"))
    #expect(objection(LayerNormGradient(), x, x).contains("found 2 inputs, expected 5"))
  }
}
