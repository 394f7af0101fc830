import TensorCore
import Testing

@Suite struct ReshapeTests {
  @Test func sharesBytesUntilOneIsWritten() {
    let x = sample([2, 6], .float32)
    var y = x.reshaped([3, 4])
    #expect(address(x) == address(y))
    let before = numbers(x)
    y.withMutableScalars(of: Float.self) { $0[0] = 99 }
    #expect(address(x) != address(y))
    #expect(numbers(x) == before)
    #expect(numbers(y)[0] == 99 && numbers(y).dropFirst() == before.dropFirst())
  }

  @Test func writingTheOriginalLeavesTheViewAlone() {
    var x = sample([4, 3])
    let (view, rows) = (x.reshaped([12]), x.sliced(axis: 0, 1..<3))
    let before = numbers(x)
    x.withMutableScalars(of: Double.self) { for index in $0.indices { $0[index] = -1 } }
    #expect(numbers(view) == before)
    #expect(numbers(rows) == Array(before[3..<9]))
  }

  @Test func oneDimensionMayBeLeftOpen() {
    let x = sample([2, 3, 4])
    #expect(x.reshaped([-1]).shape == [24])
    #expect(x.reshaped([6, -1]).shape == [6, 4])
    #expect(x.reshaped([2, -1, 4, 1]).shape == [2, 3, 4, 1])
    #expect(sample([1]).reshaped([Int]()).shape == [])
    #expect(sample([0, 4]).reshaped([-1, 4]).shape == [0, 4])
    #expect(numbers(x.reshaped([4, -1])) == numbers(x))
  }

  @Test func axesOfOneComeAndGo() {
    let x = sample([2, 3])
    #expect(x.expandingDims(at: 0).shape == [1, 2, 3])
    #expect(x.expandingDims(at: 1).shape == [2, 1, 3])
    #expect(x.expandingDims(at: -1).shape == [2, 3, 1])
    #expect(x.expandingDims(at: -3).shape == [1, 2, 3])
    #expect(x.expandingDims(at: 2).squeezed(axis: -1).shape == [2, 3])
  }

  @Test func everyElementTypeCanBeRenamed() {
    for dtype in DType.allCases {
      let x = Tensor(uninitialized: TensorSpec([2, 3], dtype))
      #expect(x.reshaped([3, 2]).spec == TensorSpec([3, 2], dtype))
    }
  }

  @Test func objectionsAreThrownByACaptureToo() {
    #expect(
      objection(Reshape([4, 2]), TensorSpec([3, 3]))
        == "reshape: found input [3, 3] of 9 elements for shape [4, 2], expected 8")
    let x = TensorSpec([3, 4])
    #expect(captureError(x) { [$0[0].reshaped([5, -1])] }.contains("of 12 elements for shape [5, -1]"))
    #expect(captureError(x) { [$0[0].reshaped([-1, -1])] }.contains("at most one of them -1"))
    #expect(captureError(x) { [$0[0].reshaped([-2, -6])] }.contains("found input [3, 4]"))
    #expect(captureError(x) { [$0[0].squeezed(axis: 0)] }.contains("expected one of dimension 1"))
    #expect(captureError(x) { [$0[0].expandingDims(at: 4)] }.contains("expected -3...2"))
  }

  @Test func eagerCallsTrap() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2.0, 3.0]).reshaped([2, -1]) }
  }

  private func address(_ tensor: Tensor) -> UnsafeRawPointer? { tensor.withBytes { $0.baseAddress } }
}
