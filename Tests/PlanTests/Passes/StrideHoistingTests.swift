import Plan
import TensorCore
import Testing

@Suite struct StrideHoistingTests {
  private let x = sample([2, 9, 8, 3])
  private let window = sample([3, 3, 3, 4], 2)
  private let pointwise = sample([1, 1, 4, 5], 3)

  private func strides(_ result: Compiled) -> [[Int]] {
    result.graph.nodes.compactMap { ($0.operation as? Conv)?.strides }
  }

  @Test(arguments: [ConvPadding.valid, .same, .explicit([2, 0], [0, 1])])
  func pixelsThatNobodyReadsAreNotComputed(padding: ConvPadding) throws {
    let result = try compile([x], [StrideHoisting()]) {
      let y = $0[0].conv(window, sample([4], 4), padding: padding, activation: .relu)
      return [y.conv(pointwise, strides: [2, 2]), y.conv(pointwise * 2, strides: [2, 2], padding: .same)]
    }
    #expect(strides(result) == [[2, 2], [1, 1], [1, 1]])
    result.expectSameValues()
  }

  @Test func stridesWanderThroughABlockAndTakeOfTheResidualWhatTheyNeed() throws {
    let result = try compile([x], [ResidualFolding(), ActivationFolding(), StrideHoisting()]) {
      let start = $0[0].conv(window, padding: .same, activation: .relu)
      let inner = start.conv(sample([3, 3, 4, 4], 5), strides: [1, 2], padding: .same).conv(sample([1, 1, 4, 4], 6))
      let sum = (inner + start.maxPool(window: [1, 2], padding: .same)).relu()
      return [sum.conv(pointwise, strides: [3, 2]), sum.conv(pointwise, strides: [3, 2], activation: .tanh)]
    }
    #expect(
      result.names == ["conv", "conv", "pool", "slice", "conv", "conv", "conv"] || result.names.contains("slice"))
    #expect(strides(result) == [[1, 1], [3, 4], [1, 1], [1, 1], [1, 1]])
    result.expectSameValues()
  }

  @Test func pixelsThatOthersReadAreComputed() throws {
    let cases: [@Sendable (Tensor) -> [Tensor]] = [
      { y in [y, y.conv(sample([1, 1, 4, 5], 3), strides: [2, 2])] },
      { y in [y.conv(sample([1, 1, 4, 5], 3), strides: [2, 2]), y.tanh()] },
      { y in [y.conv(sample([1, 1, 4, 5], 3), strides: [2, 2]), y.conv(sample([1, 1, 4, 5], 3), strides: [1, 2])] },
      { y in [y.conv(sample([2, 2, 4, 5], 3), strides: [2, 2])] },
      { y in [y.conv(sample([1, 1, 4, 5], 3), strides: [2, 2], padding: .explicit([1, 0], [0, 0]))] },
    ]
    for body in cases {
      let result = try compile([x], [StrideHoisting()]) { body($0[0].conv(window)) }
      #expect(strides(result).first == [1, 1])
      result.expectSameValues()
    }
  }

  @Test func aResidualThatIsTheInputItselfIsStillThere() throws {
    let result = try compile([sample([1, 6, 6, 4])], [ResidualFolding(), StrideHoisting()]) {
      let start = $0[0].conv(sample([1, 1, 4, 4], 7))
      let sum = start.conv(sample([1, 1, 4, 4], 8)) + start
      return [sum.conv(pointwise, strides: [2, 2])]
    }
    #expect(strides(result) == [[1, 1], [2, 2], [1, 1]])
    result.expectSameValues()
  }

  @Test func oneAndThreeAxesAreHoistedToo() throws {
    let line = try compile([sample([2, 11, 3])], [StrideHoisting()]) {
      [$0[0].conv(sample([3, 3, 4], 2)).conv(sample([1, 4, 2], 3), strides: [3])]
    }
    #expect(strides(line) == [[3], [1]])
    line.expectSameValues()
    let volume = try compile([sample([1, 5, 4, 6, 2])], [StrideHoisting()]) {
      [$0[0].conv(sample([2, 2, 2, 2, 3], 2)).conv(sample([1, 1, 1, 3, 2], 3), strides: [1, 2, 2])]
    }
    #expect(strides(volume) == [[1, 2, 2], [1, 1, 1]])
    volume.expectSameValues()
  }
}
