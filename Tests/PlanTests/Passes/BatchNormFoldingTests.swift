import Plan
import TensorCore
import Testing

@Suite struct BatchNormFoldingTests {
  private let x = sample([2, 6, 5, 4])
  private let kernel = sample([3, 3, 4, 6], 2)
  private let bias = sample([6], 3)
  private let scale = sample([6], 4)
  private let shift = sample([6], 5)
  private let scaleBefore = sample([4], 6)
  private let shiftBefore = sample([4], 7)

  @Test func behindAConvolution() throws {
    for bias in [nil, bias] {
      let result = try compile([x], [BatchNormFolding()]) {
        [$0[0].conv(kernel, bias, padding: .same).scaleShift(scale, shift)]
      }
      #expect(result.names == ["conv"])
      result.expectSameValues()
    }
  }

  @Test func behindADepthwiseConvolutionAndAGroupedOne() throws {
    for groups in [4, 2] {
      let kernel = sample([3, 3, 4 / groups, 8], 8)
      let result = try compile([x], [BatchNormFolding()]) {
        [$0[0].conv(kernel, padding: .same, groups: groups).scaleShift(sample([8], 9), sample([8], 10))]
      }
      #expect(result.names == ["conv"])
      result.expectSameValues()
    }
  }

  @Test func behindADenseProduct() throws {
    let result = try compile([sample([3, 2, 5])], [BatchNormFolding()]) {
      [$0[0].linear(sample([5, 6], 8), bias).scaleShift(scale, shift)]
    }
    #expect(result.names == ["linear"])
    result.expectSameValues()
  }

  @Test func severalInARow() throws {
    let result = try compile([x], [BatchNormFolding()]) {
      [$0[0].conv(kernel).scaleShift(scale, shift).scaleShift(shift, scale) * Tensor(3 as Float)]
    }
    #expect(result.names == ["conv"])
    result.expectSameValues(within: 1e-4)
  }

  @Test func inFrontOfAConvolutionWithoutPadding() throws {
    for groups in [1, 2] {
      let kernel = sample([3, 3, 4 / groups, 6], 8)
      let result = try compile([x], [BatchNormFolding()]) {
        [$0[0].scaleShift(scaleBefore, shiftBefore).conv(kernel, bias, groups: groups, activation: .relu)]
      }
      #expect(result.names == ["conv"])
      result.expectSameValues()
    }
  }

  @Test func aShiftInFrontOfPaddingStays() throws {
    let shifted = try compile([x], [BatchNormFolding()]) {
      [$0[0].scaleShift(scaleBefore, shiftBefore).conv(kernel, padding: .same)]
    }
    #expect(shifted.names == ["scale_shift", "conv"])
    shifted.expectSameValues()
    let scaled = try compile([x], [BatchNormFolding()]) { [($0[0] * scaleBefore).conv(kernel, padding: .same)] }
    #expect(scaled.names == ["conv"])
    scaled.expectSameValues()
  }

  @Test func inFrontOfADenseProductWithAResidual() throws {
    let rows = sample([5, 4])
    let result = try compile([rows, sample([5, 6], 9)], [BatchNormFolding()]) {
      [$0[0].scaleShift(scaleBefore, shiftBefore).linear(sample([4, 6], 8), residual: $0[1])]
    }
    #expect(result.names == ["linear"])
    result.expectSameValues()
  }

  @Test func whatOthersReadStays() throws {
    let result = try compile([x], [BatchNormFolding()]) {
      let y = $0[0].conv(kernel)
      return [y.scaleShift(scale, shift), y]
    }
    #expect(result.names == ["conv", "scale_shift"])
    result.expectSameValues()
  }

  @Test func behindAnActivationOrAResidualNothingIsFolded() throws {
    let residual = sample([2, 4, 3, 6], 9)
    let result = try compile([x, residual], [BatchNormFolding()]) {
      [
        $0[0].conv(kernel, activation: .tanh).scaleShift(scale, shift),
        $0[0].conv(kernel, residual: $0[1]).scaleShift(scale, shift),
      ]
    }
    #expect(result.names == ["conv", "scale_shift", "conv", "scale_shift"])
    result.expectSameValues()
  }

  @Test func weightsGivenAtRunTimeStay() throws {
    let result = try compile([x, kernel], [BatchNormFolding()]) { [$0[0].conv($0[1]).scaleShift(scale, shift)] }
    #expect(result.names == ["conv", "scale_shift"])
    result.expectSameValues()
  }

  @Test func nanAndInfinityArriveWhereTheyDid() throws {
    var spoiled = x
    spoiled.withMutableScalars(of: Float.self) { ($0[7], $0[100]) = (.nan, .infinity) }
    let zero = scale * Tensor([0, 1, 1, 0, 1, 1] as [Float])
    let result = try compile([spoiled], [BatchNormFolding()]) { [$0[0].conv(kernel, bias).scaleShift(zero, shift)] }
    #expect(result.names == ["conv"])
    result.expectSameValues()
  }

  @Test func weightsThatWouldNotBeFiniteAreLeftAlone() throws {
    for number in [Float.nan, .infinity, 3e38] {
      let result = try compile([x], [BatchNormFolding()]) {
        [$0[0].conv(kernel * 100).scaleShift(Tensor([number, 1, 1, 1, 1, 1]), shift)]
      }
      #expect(result.names == ["conv", "scale_shift"])
      result.expectSameValues()
    }
  }
}
