import Plan
import TensorCore
import Testing

@Suite struct IdentitiesTests {
  private let x = sample([2, 3, 4])

  @Test func whatChangesNothingIsDropped() throws {
    let result = try compile([x], [Identities()]) {
      var y = $0[0] + Tensor(0 as Float)
      y = Tensor(1 as Float) * y - Tensor(0 as Float)
      y = (y / Tensor(1 as Float)).stopGradient()
      y = y.scaleShift(.ones([4]), .zeros([4])).activated(.linear)
      y = Tensor.apply(Pad(before: [0, 0, 0], after: [0, 0, 0]), y)
      y = Tensor.apply(Tile(multiples: [1, 1, 1]), y)
      y = Tensor.apply(Concatenate(axis: 0, count: 1), y)
      return [Tensor.apply(Reshape([2, 3, 4]), Tensor.apply(Cast(dtype: .float32), y)).relu()]
    }
    #expect(result.names == ["activate"])
    result.expectSameValues(within: 0)
  }

  @Test func theWholeMayBeTheIdentity() throws {
    let result = try compile([x], [Identities()]) { [$0[0].stopGradient()] }
    #expect(result.names.isEmpty)
    #expect(result.graph.outputs == result.graph.inputs)
    result.expectSameValues(within: 0)
  }

  @Test func movesThatUndoEachOtherAreDropped() throws {
    let result = try compile([x], [Identities()]) {
      [
        $0[0].transposed([2, 0, 1]).transposed([1, 2, 0]).relu(), $0[0].reshaped([6, 4]).reshaped([2, 3, 4]).exp(),
        $0[0].cast(to: .float64).cast(to: .float32).tanh(),
      ]
    }
    #expect(result.names == ["activate", "unary", "unary"])
    result.expectSameValues(within: 0)
  }

  @Test func movesInARowBecomeOne() throws {
    let result = try compile([x], [Identities()]) {
      [
        $0[0].transposed([2, 0, 1]).transposed([2, 1, 0]), $0[0].reshaped([24]).reshaped([4, 6]),
        $0[0].cast(to: .float64).cast(to: .bfloat16),
      ]
    }
    #expect(result.names == ["transpose", "reshape", "cast"])
    result.expectSameValues(within: 0)
  }

  @Test func aCastThatLosesDigitsStays() throws {
    let result = try compile([x], [Identities()]) { [$0[0].cast(to: .bfloat16).cast(to: .float32)] }
    #expect(result.names == ["cast", "cast"])
    result.expectSameValues(within: 0)
  }

  @Test func whatLooksAlikeButIsNotStays() throws {
    let result = try compile([x], [Identities()]) {
      [
        $0[0] + Tensor([0, 0, 0, 1e-30] as [Float]), $0[0] * Tensor(Float.nan), Tensor(0 as Float) - $0[0],
        Tensor(1 as Float) / $0[0],
        Tensor.apply(Slice(begin: [1, 0, 0], end: [-1, 3, 4], strides: [-1, 1, 1]), $0[0]),
        $0[0] * 0,
      ]
    }
    #expect(result.names.count == 6)
    result.expectSameValues(within: 0)
  }

  @Test func anOperandThatGrowsIsNotTheResult() throws {
    let result = try compile([sample([4])], [Identities()]) { [$0[0] + Tensor.zeros([2, 4])] }
    #expect(result.names == ["binary"])
    result.expectSameValues(within: 0)
  }
}
