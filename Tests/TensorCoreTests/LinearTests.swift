import TensorCore
import Testing

@Suite struct LinearTests {
  static let leads: [[Int]] = [[], [1], [7], [2, 3], [2, 1, 2, 3]]

  @Test(arguments: [(3, 2), (130, 77)])
  func oneRowInBFloat16IsWidenedOnItsWay(k: Int, n: Int) throws {
    let x = sample([1, k], seed: 1).cast(to: .bfloat16)
    let kernel = sample([k, n], seed: 2).cast(to: .bfloat16)
    let bias = sample([n], seed: 3, .float32)
    let operation = Linear(activation: .tanh, hasBias: true)
    let prepared = try PreparedOperation(operation, inputs: [x.spec, kernel.spec, bias.spec], backends: [])
    #expect(prepared.kernel != nil)
    let found = prepared.run([x, kernel, bias])[0]
    #expect(found.spec == TensorSpec([1, n], .bfloat16))
    let wide = x.cast(to: .float64).linear(kernel.cast(to: .float64), bias.cast(to: .float64), activation: .tanh)
    expectClose(found.cast(to: .float64), numbers(wide), [1, n], within: 1.0 / 256)
  }

  @Test(arguments: leads, [DType.float32, .float64])
  func anyLeadingAxesAreRows(_ lead: [Int], _ dtype: DType) {
    let (k, n) = (5, 19)
    let x = sample(Shape(lead + [k]), seed: 1, dtype)
    let (kernel, bias) = (sample([k, n], seed: 2, dtype), sample([n], seed: 3, dtype))
    let (xs, ws, bs) = (numbers(x), numbers(kernel), numbers(bias))
    var plain: [Double] = []
    for row in 0..<xs.count / k {
      for column in 0..<n {
        plain.append((0..<k).reduce(0) { $0 + xs[row * k + $1] * ws[$1 * n + column] })
      }
    }
    let biased = plain.enumerated().map { $1 + bs[$0 % n] }
    let shape = Shape(lead + [n])
    expectClose(x.linear(kernel), plain, shape, within: tolerance(dtype))
    expectClose(x.linear(kernel, bias), biased, shape, within: tolerance(dtype))
    expectClose(x.linear(kernel, bias, activation: .relu), biased.map { max($0, 0) }, shape, within: tolerance(dtype))
    expectClose(
      x.linear(kernel, activation: .leakyRelu(slope: 0.25)), plain.map { $0 < 0 ? $0 * 0.25 : $0 }, shape,
      within: tolerance(dtype))
  }

  @Test func noInputsLeaveTheBias() {
    let bias = Tensor([1.0, -2.0])
    expectClose(sample([3, 0]).linear(sample([0, 2]), bias), [1, -2, 1, -2, 1, -2], [3, 2], within: 0)
    #expect(sample([0, 4]).linear(sample([4, 2]), bias).shape == [0, 2])
  }

  @Test func objectionsNameTheShapes() {
    #expect(
      objection(Linear(hasBias: false), TensorSpec([32, 784]), TensorSpec([785, 10]))
        == "linear: found input [32, 784] for a kernel [785, 10], expected 785 in the last axis")
    #expect(
      objection(Linear(hasBias: true), TensorSpec([2, 3]), TensorSpec([3, 4]), TensorSpec([3]))
        == "linear: found bias float32[3], expected shape [4]")
    #expect(
      objection(
        Linear(hasBias: false, hasResidual: true), TensorSpec([2, 3]), TensorSpec([3, 4]), TensorSpec([2, 3]))
        == "linear: found residual float32[2, 3], expected shape [2, 4]")
    #expect(objection(Linear(hasBias: true), TensorSpec([2, 3]), TensorSpec([3, 4])).contains("2 inputs, expected 3"))
    #expect(objection(Linear(hasBias: false), TensorSpec([]), TensorSpec([3, 4])).contains("in the last axis"))
    #expect(
      objection(Linear(hasBias: false), TensorSpec([2, 3], .int32), TensorSpec([3, 4], .int32)).contains("cast"))
  }
}
