import AutoDiff
import TensorCore
import TestKit
import Testing

@Suite struct HigherOrderTests {
  @Test("The first four derivatives of x⁴ are 4x³, 12x², 24x and 24")
  func derivativesOfAPower() {
    func f(_ x: Tensor) -> Tensor { x * x * x * x }
    func first(_ x: Tensor) -> Tensor { gradient(at: x, f) }
    func second(_ x: Tensor) -> Tensor { gradient(at: x, first) }
    func third(_ x: Tensor) -> Tensor { gradient(at: x, second) }
    let x = Tensor(1.5)
    #expect(abs(first(x).scalar(of: Double.self) - 13.5) < 1e-12)
    #expect(abs(second(x).scalar(of: Double.self) - 27) < 1e-12)
    #expect(abs(third(x).scalar(of: Double.self) - 36) < 1e-12)
    #expect(abs(gradient(at: x, third).scalar(of: Double.self) - 24) < 1e-12)
  }

  @Test("The third derivative of tanh agrees with its closed form, through the activation kernels")
  func derivativesOfAnActivation() {
    func f(_ x: Tensor) -> Tensor { x.activated(.tanh) }
    func second(_ x: Tensor) -> Tensor { gradient(at: x) { gradient(at: $0, f) } }
    let x = 0.3
    let t = Tensor(x).tanh().scalar(of: Double.self)
    let found = gradient(at: Tensor(x), second).scalar(of: Double.self)
    #expect(abs(found - (1 - t * t) * (6 * t * t - 2)) < 1e-12)
  }

  @Test("A Hessian-vector product agrees with differences of gradients, for a small network")
  func hessianVectorProducts() {
    let key = RandomKey(seed: 3)
    func random(_ shape: Shape, _ purpose: Int) -> Tensor {
      Tensor.randomNormal(shape, dtype: .float64, key: key.folding(purpose))
    }
    let x = random([5, 4], 0)
    let labels = Tensor([0, 2, 1, 1, 0] as [Int64], [5, 1])
    let weights = [random([4, 6], 1), random([6], 2), random([6, 3], 3)]
    let vector = [random([4, 6], 4), random([6], 5), random([6, 3], 6)]
    func loss(_ w: [Tensor]) -> Tensor {
      let hidden = x.linear(w[0], w[1], activation: .gelu)
      return hidden.matmul(w[2]).logSoftmax().gatheredAlong(labels, axis: 1).mean().negated()
    }
    let product = hessianVectorProduct(at: weights, along: vector, of: loss)
    let h = 1e-6
    let above = gradients(at: zip(weights, vector).map { $0 + $1 * h }, of: loss)
    let below = gradients(at: zip(weights, vector).map { $0 - $1 * h }, of: loss)
    for index in weights.indices {
      let expected = (above[index] - below[index]) / (2 * h)
      #expect((product[index] - expected).abs().max().scalar(of: Double.self) < 1e-7)
    }
  }

  @Test("The Hessian of a convolution with pooling and batch normalization is symmetric")
  func hessianIsSymmetric() {
    let key = RandomKey(seed: 4)
    func random(_ shape: Shape, _ purpose: Int) -> Tensor {
      Tensor.randomNormal(shape, dtype: .float64, key: key.folding(purpose))
    }
    let x = random([2, 6, 6, 2], 0)
    let kernel = [random([3, 3, 2, 3], 1)]
    func loss(_ w: [Tensor]) -> Tensor {
      let y = x.conv(w[0], padding: .same, activation: .tanh)
      let ones = Tensor.ones([3], dtype: .float64)
      let normalized = Tensor.apply(BatchNormTraining(epsilon: 1e-3), [y, ones, ones * 0.5])[0]
      return normalized.maxPool(window: [2, 2]).square().square().mean()
    }
    let (u, v) = (random([3, 3, 2, 3], 2), random([3, 3, 2, 3], 3))
    let uHv = (hessianVectorProduct(at: kernel, along: [v], of: loss)[0] * u).sum().scalar(of: Double.self)
    let vHu = (hessianVectorProduct(at: kernel, along: [u], of: loss)[0] * v).sum().scalar(of: Double.self)
    #expect(abs(uHv - vHu) < 1e-9 * max(1, abs(uHv)))
  }

  @Test("A gradient inside a loss is differentiated too: a gradient penalty")
  func gradientPenalty() throws {
    func penalty(_ w: [Tensor]) -> Tensor {
      let slope = gradient(at: w[0]) { x in (x.matmul(w[1]).tanh()).sum() }
      return slope.square().sum()
    }
    let key = RandomKey(seed: 5)
    let inputs = [
      Tensor.randomNormal([3, 4], dtype: .float64, key: key), Tensor.randomNormal([4, 2], dtype: .float64, key: key),
    ]
    try checkGradients({ [penalty($0)] }, at: inputs)
    try checkGradients({ [gradient(at: $0[0]) { w in penalty([w, inputs[1]]) }] }, at: [inputs[0]])
  }

  @Test("A pullback may be called for every row of a Jacobian")
  func jacobian() {
    let a = Tensor([1, 2, 3, 4, 5, 6] as [Double], [2, 3])
    let (values, pull) = pullback(at: [Tensor([1, 1, 1] as [Double], [3, 1])]) { [a.matmul($0[0])] }
    #expect(values[0].scalars(of: Double.self) == [6, 15])
    #expect(pull([Tensor([1, 0] as [Double], [2, 1])])[0].scalars(of: Double.self) == [1, 2, 3])
    #expect(pull([Tensor([0, 1] as [Double], [2, 1])])[0].scalars(of: Double.self) == [4, 5, 6])
  }
}
