import Plan
import TensorCore
import Testing

@Suite struct ResidualFoldingTests {
  private let x = sample([2, 5, 5, 3])
  private let kernel = sample([3, 3, 3, 3], 2)

  @Test func theOtherSideOfASumBecomesTheResidual() throws {
    for swapped in [false, true] {
      let result = try compile([x], [ResidualFolding(), ActivationFolding()]) {
        let y = $0[0].conv(kernel, sample([3], 3), padding: .same)
        return [(swapped ? $0[0] + y : y + $0[0]).relu()]
      }
      #expect(result.names == ["conv"])
      #expect(result.operation(Conv.self)?.hasResidual == true)
      #expect(result.operation(Conv.self)?.activation == .relu)
      result.expectSameValues()
    }
  }

  @Test func ofTwoProductsTheLaterTakesTheOther() throws {
    let result = try compile([x], [ResidualFolding()]) {
      let first = $0[0].conv(kernel, padding: .same)
      return [first + $0[0].tanh().conv(sample([1, 1, 3, 3], 3))]
    }
    #expect(result.names == ["conv", "unary", "conv"])
    #expect((result.graph.nodes[2].operation as? Conv)?.hasResidual == true)
    result.expectSameValues()
  }

  @Test func aProductWaitsForAResidualThatComesLater() throws {
    let result = try compile([x], [ResidualFolding()]) {
      let y = $0[0].conv(kernel, padding: .same)
      return [y + $0[0].tanh()]
    }
    #expect(result.names == ["unary", "conv"])
    result.expectSameValues()
  }

  @Test func aDenseProductTakesAResidualToo() throws {
    let result = try compile([sample([4, 3])], [ResidualFolding()]) { [$0[0] + $0[0].linear(sample([3, 3], 2))] }
    #expect(result.names == ["linear"])
    result.expectSameValues()
  }

  @Test func sumsThatAreNoResidualStay() throws {
    let result = try compile([x], [ResidualFolding()]) {
      let y = $0[0].conv(kernel, padding: .same)
      let read = $0[0].conv(kernel * 2, padding: .same)
      return [y + y, read + $0[0], read, $0[0].conv(kernel, padding: .same, activation: .relu) + $0[0]]
    }
    #expect(result.names.filter { $0 == "binary" }.count == 3)
    result.expectSameValues()
  }

  @Test func aSumThatRepeatsIsNoResidual() throws {
    let result = try compile([x], [ResidualFolding()]) {
      [$0[0].conv(kernel, padding: .same) + sample([1, 5, 5, 3], 4)]
    }
    #expect(result.names == ["conv", "binary"])
    result.expectSameValues()
  }
}
