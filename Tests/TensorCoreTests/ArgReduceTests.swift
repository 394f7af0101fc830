import TensorCore
import Testing

@Suite struct ArgReduceTests {
  @Test(arguments: [DType.float32, .float64, .int32, .int64, .uint8])
  func theFirstOfEqualsWins(_ dtype: DType) {
    let x = tensor([1, 5, 5, 7, 2, 2], [2, 3], dtype)
    #expect(x.argMax().scalars(of: Int64.self) == [1, 0])
    #expect(x.argMin().scalars(of: Int64.self) == [0, 1])
    #expect(x.argMax(axis: 0).scalars(of: Int64.self) == [1, 0, 0])
    #expect(x.argMax(axis: 0, keepDims: true).shape == [1, 3])
  }

  @Test func alongEveryAxis() {
    let x = sample([3, 4, 5])
    for axis in 0..<3 {
      let largest = x.gatheredAlong(x.argMax(axis: axis, keepDims: true), axis: axis)
      #expect(numbers(largest) == numbers(x.max(axes: [axis], keepDims: true)))
      let smallest = x.gatheredAlong(x.argMin(axis: axis, keepDims: true), axis: axis)
      #expect(numbers(smallest) == numbers(x.min(axes: [axis], keepDims: true)))
    }
  }

  @Test func theFirstNaNWins() {
    let x = Tensor([1, .nan, 9, .nan] as [Float])
    #expect(x.argMax().scalar(of: Int64.self) == 1)
    #expect(x.argMin().scalar(of: Int64.self) == 1)
  }

  @Test func objections() {
    #expect(
      objection(ArgReduce(op: .max, axis: 0, keepDims: false), TensorSpec([0, 2])).contains(
        "expected elements along axis 0"))
    #expect(objection(ArgReduce(op: .max, axis: 2, keepDims: false), TensorSpec([3, 2])).contains("axis 2"))
  }
}
