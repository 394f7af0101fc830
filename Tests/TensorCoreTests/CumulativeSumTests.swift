import TensorCore
import Testing

@Suite struct CumulativeSumTests {
  @Test(arguments: [DType.float32, .float64, .int32, .int64])
  func allFourForms(_ dtype: DType) {
    let x = tensor([1, 2, 3, 4, 5, 6], [2, 3], dtype)
    #expect(numbers(x.cumulativeSum()) == [1, 3, 6, 4, 9, 15])
    #expect(numbers(x.cumulativeSum(exclusive: true)) == [0, 1, 3, 0, 4, 9])
    #expect(numbers(x.cumulativeSum(reverse: true)) == [6, 5, 3, 15, 11, 6])
    #expect(numbers(x.cumulativeSum(exclusive: true, reverse: true)) == [5, 3, 0, 11, 6, 0])
    #expect(numbers(x.cumulativeSum(axis: 0)) == [1, 2, 3, 5, 7, 9])
    #expect(numbers(x.cumulativeSum(axis: -2, exclusive: true, reverse: true)) == [4, 5, 6, 0, 0, 0])
  }

  @Test func objections() {
    let operation = CumulativeSum(axis: 0, exclusive: false, reverse: false)
    #expect(objection(operation, TensorSpec([2], .uint8)).contains("uint8[2]"))
    #expect(objection(operation, TensorSpec([])).contains("axis 0"))
  }
}
