// A third party's operation with its gradient, as its one file would have it.
import AutoDiff
import TensorCore
import TestKit
import Testing

/// x^n for whole n.
struct WholePower: Operation {
  static let name = "whole_power"

  var exponent: Int

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard inputs[0].dtype == .float32 || inputs[0].dtype == .float64 else {
      throw CoreError(.dtypeMismatch, "whole_power: found \(inputs[0]), expected float32 or float64")
    }
    return inputs
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .float64 {
      power(inputs[0], &outputs[0], as: Double.self)
    } else {
      power(inputs[0], &outputs[0], as: Float.self)
    }
  }

  private func power<S: Scalar & BinaryFloatingPoint>(_ x: Tensor, _ y: inout Tensor, as: S.Type) {
    x.withScalars(of: S.self) { x in
      y.withMutableScalars(of: S.self) { y in
        for index in x.indices { y[index] = (0..<exponent).reduce(1) { power, _ in power * x[index] } }
      }
    }
  }
}

extension WholePower: DifferentiableOperation {
  func pullback(_ p: Pullback) -> [Tensor?] {
    if exponent == 0 { return [nil] }
    let lower: Tensor = Tensor.apply(WholePower(exponent: exponent - 1), p.inputs[0])
    return [p.gradient() * lower * Double(exponent)]
  }
}

/// The same with a slip in the rule.
private struct WrongPower: DifferentiableOperation {
  static let name = "wrong_power"

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] { try WholePower(exponent: 2).infer(inputs) }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    WholePower(exponent: 2).evaluate(inputs, into: &outputs)
  }

  func pullback(_ p: Pullback) -> [Tensor?] { [p.gradient() * p.inputs[0]] }
}

@Suite struct OutsideOperationTests {
  private let x = Tensor([0.5, -1.5, 2, 0.25, 1, -2] as [Float], [2, 3])

  @Test("An outsider's operation passes the same check as ours", arguments: 0...3)
  func passes(exponent: Int) throws {
    try checkOperation(WholePower(exponent: exponent), inputs: [x])
  }

  @Test("It is differentiated between ours, twice")
  func betweenOurs() {
    let second = gradient(at: Tensor(2.0)) { x in
      gradient(at: x) { (Tensor.apply(WholePower(exponent: 3), $0 * 2) as Tensor).negated() }
    }
    #expect(second.scalar(of: Double.self) == -96)
  }

  @Test("A wrong gradient rule is found, and the error says what and where")
  func wrongRule() throws {
    let error = try #require(throws: CoreError.self) { try checkOperation(WrongPower(), inputs: [x]) }
    #expect(error.code == .checkFailed)
    #expect(error.message.contains("wrong_power") && error.message.contains("input 0 [2, 3], element 0"))
  }
}
