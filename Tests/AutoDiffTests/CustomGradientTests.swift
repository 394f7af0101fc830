import AutoDiff
import TensorCore
import TestKit
import Testing

@Suite struct CustomGradientTests {
  @Test("The given pullback is used instead of the rules inside")
  func pullbackIsUsed() {
    let dx = gradient(at: Tensor([2, -3] as [Double])) { x in
      withCustomGradient([x], forward: { [$0[0] * 100] }, pullback: { p in [p.gradient().clamped(-1, 1)] })[0].sum()
    }
    #expect(dx.scalars(of: Double.self) == [1, 1])
  }

  @Test("The value is the closure's, with and without a tape")
  func value() {
    func f(_ x: Tensor) -> Tensor {
      withCustomGradient([x], forward: { [$0[0] * 100] }, pullback: { _ in [nil] })[0]
    }
    #expect(f(Tensor(2.0)).scalar(of: Double.self) == 200)
    #expect(gradient(at: Tensor(2.0), f).scalar(of: Double.self) == 0)
  }

  @Test("A correct pullback passes the checker, twice differentiated and inside a graph capture")
  func derivatives() throws {
    func product(_ inputs: [Tensor]) -> [Tensor] {
      withCustomGradient(
        inputs, forward: { [$0[0] * $0[1]] },
        pullback: { p in [p.gradient() * p.inputs[1], p.gradient() * p.inputs[0]] })
    }
    let inputs = [Tensor([1.5, -2]), Tensor([0.5, 3])]
    try checkGradients(product, at: inputs)
    try checkGradients({ x in gradients(at: x) { product($0)[0].square().sum() } }, at: inputs)
    let graph = try GraphCapture.capture(inputs.map(\.spec)) { x in gradients(at: x) { product($0)[0].sum() } }
    #expect(graph.run(inputs)[0].scalars(of: Double.self) == [0.5, 3])
  }

  @Test("A closure that reads scalars works when it is told what comes out")
  func readsScalars() {
    let x = Tensor([3, 4] as [Double])
    let dx = gradient(at: x) { x in
      withCustomGradient(
        [x], outputSpecs: [TensorSpec([], .float64)],
        forward: { inputs in
          [Tensor(inputs[0].scalars(of: Double.self).map { $0 * $0 }.reduce(0, +).squareRoot())]
        },
        pullback: { p in [p.gradient() * p.inputs[0] / p.outputs[0]] })[0]
    }
    #expect(dx.scalars(of: Double.self) == [0.6, 0.8])
  }
}
