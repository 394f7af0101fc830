import TensorCore
import Testing

@Suite struct TransposeTests {
  static let cases: [(Shape, [Int])] = [
    ([2, 3], [1, 0]), ([37, 65], [1, 0]), ([2, 3, 4], [0, 2, 1]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [2, 1, 0]),
    ([2, 3, 4, 5], [0, 2, 1, 3]), ([2, 3, 4, 5], [3, 1, 0, 2]), ([2, 1, 3, 2, 2, 2], [5, 3, 0, 1, 4, 2]),
    ([2, 1, 2, 1, 2, 1, 2, 3], [7, 6, 5, 4, 3, 2, 1, 0]), ([4], [0]), ([], []), ([3, 0, 2], [2, 1, 0]),
  ]

  @Test(arguments: cases, [DType.float32, .float64, .uint8])
  func axesMoveAsThePermutationSays(_ c: (shape: Shape, permutation: [Int]), _ dtype: DType) {
    let x = tensor((0..<c.shape.elementCount).map { Double($0 % 251) }, c.shape, dtype)
    let values = numbers(x)
    let shape = c.permutation.map { c.shape[$0] }
    let expected = indices(shape).map { index in
      var source = [Int](repeating: 0, count: index.count)
      for (axis, from) in c.permutation.enumerated() { source[from] = index[axis] }
      return values[position(source, c.shape.array)]
    }
    let moved = x.transposed(c.permutation)
    expectClose(moved, shape.contains(0) ? [] : expected, Shape(shape), within: 0)
    var written = [Tensor(uninitialized: moved.spec)]
    Transpose(permutation: c.permutation).evaluate([x], into: &written)
    #expect(numbers(written[0]) == numbers(moved))
  }

  @Test func halfFloatsMoveBitForBit() {
    var x = Tensor(uninitialized: TensorSpec([2, 3], .float16))
    x.withMutableBytes { bytes in for index in 0..<12 { bytes[index] = UInt8(index) } }
    let y = x.transposed()
    #expect(y.spec == TensorSpec([3, 2], .float16))
    #expect(y.withBytes { Array($0) } == [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11])
  }

  @Test func movingAxesOfOneCopiesNothing() {
    let x = sample([3, 1, 4])
    let y = x.transposed([1, 0, 2])
    #expect(y.shape == [1, 3, 4])
    #expect(x.withBytes { $0.baseAddress } == y.withBytes { $0.baseAddress })
  }

  @Test func negativeAxesCountFromTheEnd() {
    #expect(sample([2, 3, 4]).transposed([0, -1, -2]).shape == [2, 4, 3])
    #expect(sample([2, 3, 4]).transposed().shape == [4, 3, 2])
  }

  @Test func objections() {
    #expect(
      objection(Transpose(permutation: [0, 0]), TensorSpec([2, 3]))
        == "transpose: found permutation [0, 0] for an input float32[2, 3], expected each of 0..<2 once")
    #expect(objection(Transpose(permutation: [0]), TensorSpec([2, 3])).contains("permutation [0]"))
  }
}
