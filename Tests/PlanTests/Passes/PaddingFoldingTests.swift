import Plan
import TensorCore
import Testing

@Suite struct PaddingFoldingTests {
  private let x = sample([2, 7, 6, 3])
  private let kernel = sample([3, 3, 3, 4], 2)

  private func padded(_ x: Tensor, _ value: Double = 0) -> Tensor {
    x.padded(before: [0, 1, 2, 0], after: [0, 2, 0, 0], value: value)
  }

  @Test func aConvolutionPadsItself() throws {
    for padding in [ConvPadding.valid, .same, .explicit([1, 0], [0, 1])] {
      let result = try compile([x], [PaddingFolding()]) {
        [padded($0[0]).conv(kernel, strides: [2, 2], padding: padding)]
      }
      #expect(result.names == ["conv"])
      result.expectSameValues()
    }
  }

  @Test func severalPaddingsInARow() throws {
    let result = try compile([x], [PaddingFolding(), PaddingFolding()]) { [padded(padded($0[0])).conv(kernel)] }
    #expect(result.names == ["conv"])
    result.expectSameValues()
  }

  @Test func aPaddingThatOthersReadIsKeptForThem() throws {
    let result = try compile([x], [PaddingFolding()]) {
      let y = padded($0[0])
      return [y.conv(kernel), y]
    }
    #expect(result.names == ["pad", "conv"])
    result.expectSameValues()
  }

  @Test func onlyZerosAroundPixelsAreAConvolutionsPadding() throws {
    let result = try compile([x], [PaddingFolding()]) {
      [
        padded($0[0], 1).conv(kernel),
        $0[0].padded(before: [0, 0, 0, 1], after: [0, 0, 0, 0]).conv(sample([3, 3, 4, 4], 3)),
        $0[0].padded(before: [1, 0, 0, 0], after: [0, 0, 0, 0]).conv(kernel),
      ]
    }
    #expect(result.names == ["pad", "conv", "pad", "conv", "pad", "conv"])
    result.expectSameValues()
  }

  @Test func zerosTimesInfiniteWeightsStay() throws {
    let result = try compile([x], [PaddingFolding()]) { [padded($0[0]).conv(kernel * .infinity)] }
    #expect(result.names == ["pad", "conv"])
  }

  @Test func aMaximumPoolingPadsWhatIsNeverNegative() throws {
    func pool(_ x: Tensor, _ value: Double = 0) -> Tensor {
      x.padded(before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: value).maxPool(window: [3, 3], strides: [2, 2])
    }
    let positive = try compile([x], [PaddingFolding()]) { [pool($0[0].conv(kernel, activation: .relu))] }
    #expect(positive.names == ["conv", "pool"])
    positive.expectSameValues()
    let signed = try compile([x], [PaddingFolding()]) { [pool($0[0].conv(kernel)), pool($0[0])] }
    #expect(signed.names == ["conv", "pad", "pool", "pad", "pool"])
    signed.expectSameValues()
    let lowest = try compile([x], [PaddingFolding()]) { [pool($0[0], -.infinity)] }
    #expect(lowest.names == ["pool"])
    lowest.expectSameValues()
  }

  @Test func windowsOfNothingButPaddingStay() throws {
    let result = try compile([x], [PaddingFolding()]) {
      [$0[0].relu().padded(before: [0, 2, 2, 0], after: [0, 2, 2, 0]).maxPool(window: [2, 2])]
    }
    #expect(result.names == ["activate", "pad", "pool"])
    result.expectSameValues()
  }
}
