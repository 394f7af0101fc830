import Plan
import TensorCore
import Testing

@Suite struct ActivationFoldingTests {
  private let x = sample([2, 6, 6, 3])
  private let kernel = sample([3, 3, 3, 4], 2)

  @Test func anActivationIsAppliedInTheEpilogue() throws {
    let functions: [(FusableActivation, @Sendable (Tensor) -> Tensor)] = [
      (.relu, { $0.relu() }), (.gelu, { $0.activated(.gelu) }), (.relu6, { $0.clamped(0, 6) }), (.tanh, { $0.tanh() }),
      (.sigmoid, { $0.sigmoid() }), (.relu, { $0.maximum(0) }), (.relu, { $0.clamped(0, .infinity) }),
    ]
    for (activation, function) in functions {
      let result = try compile([x], [ActivationFolding()]) { [function($0[0].conv(kernel))] }
      #expect(result.names == ["conv"])
      #expect(result.operation(Conv.self)?.activation == activation)
      result.expectSameValues()
    }
  }

  @Test func reluGoesThroughAMaximumPooling() throws {
    let result = try compile([x], [ActivationFolding()]) { [$0[0].conv(kernel).maxPool(window: [2, 2]).relu()] }
    #expect(result.names == ["conv", "pool"])
    #expect(result.operation(Conv.self)?.activation == .relu)
    result.expectSameValues()
    let average = try compile([x], [ActivationFolding()]) { [$0[0].conv(kernel).averagePool(window: [2, 2]).relu()] }
    #expect(average.names == ["conv", "pool", "activate"])
    average.expectSameValues()
  }

  @Test func onlyOneActivationIsFolded() throws {
    let result = try compile([x], [ActivationFolding()]) { [$0[0].conv(kernel).tanh().relu()] }
    #expect(result.names == ["conv", "activate"])
    result.expectSameValues()
  }

  @Test func whatOthersReadStays() throws {
    let result = try compile([x], [ActivationFolding()]) {
      let y = $0[0].conv(kernel)
      return [y.relu(), y]
    }
    #expect(result.names == ["conv", "activate"])
    result.expectSameValues()
  }

  @Test func nanGoesThrough() throws {
    var spoiled = x
    spoiled.withMutableScalars(of: Float.self) { ($0[7], $0[100]) = (.nan, .infinity) }
    let result = try compile([spoiled], [ActivationFolding()]) {
      [$0[0].conv(kernel).maxPool(window: [2, 2]).relu(), $0[0].conv(kernel).clamped(0, 6)]
    }
    #expect(result.names == ["conv", "pool", "conv"])
    result.expectSameValues()
  }
}
