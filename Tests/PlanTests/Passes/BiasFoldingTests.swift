import Plan
import TensorCore
import Testing

@Suite struct BiasFoldingTests {
  private let x = sample([2, 6, 5, 3])
  private let kernel = sample([3, 3, 3, 4], 2)
  private let vector = sample([4], 3)

  @Test func aVectorThatIsAddedBecomesTheBias() throws {
    for added in [vector, vector.reshaped([1, 1, 1, 4]), Tensor(0.5 as Float)] {
      let result = try compile([x], [BiasFolding()]) { [$0[0].conv(kernel) + added] }
      #expect(result.names == ["conv"])
      #expect(result.operation(Conv.self)?.hasBias == true)
      result.expectSameValues()
    }
  }

  @Test func fromTheLeftAndSubtracted() throws {
    let left = try compile([x], [BiasFolding()]) { [vector + $0[0].conv(kernel)] }
    #expect(left.names == ["conv"])
    left.expectSameValues()
    let subtracted = try compile([x], [BiasFolding()]) { [$0[0].conv(kernel) - vector] }
    #expect(subtracted.names == ["conv"])
    subtracted.expectSameValues()
    let other = try compile([x], [BiasFolding()]) { [vector - $0[0].conv(kernel)] }
    #expect(other.names == ["conv", "binary"])
  }

  @Test func itIsAddedToTheBiasThatThereIs() throws {
    let rows = sample([5, 3])
    let result = try compile([rows], [BiasFolding()]) { [$0[0].linear(sample([3, 4], 4), sample([4], 5)) + vector] }
    #expect(result.names == ["linear"])
    result.expectSameValues()
  }

  @Test func aVectorGivenAtRunTimeIsTheBiasAsItIs() throws {
    let result = try compile([x, vector], [BiasFolding()]) { [$0[0].conv(kernel) + $0[1]] }
    #expect(result.names == ["conv"])
    result.expectSameValues()
    // Computed after the product: it is not there yet.
    let late = try compile([x, vector], [BiasFolding()]) { [$0[0].conv(kernel) + $0[1].exp()] }
    #expect(late.names == ["conv", "exp", "binary"].map { $0 == "exp" ? "unary" : $0 })
    late.expectSameValues()
  }

  @Test func whatOthersReadStays() throws {
    let result = try compile([x], [BiasFolding()]) {
      let y = $0[0].conv(kernel)
      return [y + vector, y]
    }
    #expect(result.names == ["conv", "binary"])
    result.expectSameValues()
  }

  @Test func behindAnActivationNothingIsFolded() throws {
    let result = try compile([x], [BiasFolding()]) { [$0[0].conv(kernel, activation: .relu) + vector] }
    #expect(result.names == ["conv", "binary"])
    result.expectSameValues()
  }

  @Test func aVectorAlongAnotherAxisIsNoBias() throws {
    let column = sample([4, 1], 6)
    let result = try compile([sample([4, 3])], [BiasFolding()]) { [$0[0].linear(sample([3, 4], 7)) + column] }
    #expect(result.names == ["linear", "binary"])
    result.expectSameValues()
  }
}
