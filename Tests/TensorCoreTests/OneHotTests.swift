import TensorCore
import Testing

@Suite struct OneHotTests {
  @Test(arguments: [DType.int32, .int64, .uint8], [DType.float32, .float64, .int32, .bool])
  func indicesOutsideGiveZeros(_ from: DType, _ to: DType) {
    let labels = tensor([2, 0, 7, 1], [2, 2], from)
    let y = labels.oneHot(depth: 3, dtype: to)
    #expect(y.dtype == to)
    expectClose(y, [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0], [2, 2, 3], within: 0)
  }

  @Test func negativeIndicesGiveZeros() {
    expectClose(Tensor([-1, 1] as [Int32]).oneHot(depth: 2), [0, 0, 0, 1], [2, 2], within: 0)
  }

  @Test func objections() {
    #expect(objection(OneHot(depth: 3), TensorSpec([2])).contains("expected int32, int64 or uint8; cast them first"))
    #expect(objection(OneHot(depth: -1), TensorSpec([2], .int32)).contains("[2, -1]"))
  }
}
