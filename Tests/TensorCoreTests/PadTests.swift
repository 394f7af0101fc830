import TensorCore
import Testing

@Suite struct PadTests {
  static let cases: [(Shape, [Int], [Int])] = [
    ([3], [2], [1]), ([2, 3], [1, 0], [0, 2]), ([2, 3, 4], [0, 1, 2], [1, 1, 0]),
    ([1, 2, 2, 3], [0, 1, 1, 0], [0, 1, 1, 0]),
    ([2, 2], [0, 0], [0, 0]), ([0, 2], [1, 1], [1, 0]),
  ]

  @Test(arguments: cases, [DType.float32, .float64, .int32, .uint8])
  func theValueSurroundsTheElements(_ c: (shape: Shape, before: [Int], after: [Int]), _ dtype: DType) {
    let x = tensor((0..<c.shape.elementCount).map { Double($0 + 1) }, c.shape, dtype)
    let values = numbers(x)
    let shape = (0..<c.shape.rank).map { c.before[$0] + c.shape[$0] + c.after[$0] }
    let expected = indices(shape).map { index in
      let inner = zip(index, c.before).map { $0 - $1 }
      let isInside = zip(inner, c.shape.array).allSatisfy { $0 >= 0 && $0 < $1 }
      return isInside ? values[position(inner, c.shape.array)] : 9
    }
    expectClose(x.padded(before: c.before, after: c.after, value: 9), expected, Shape(shape), within: 0)
  }

  @Test func infinityPadsFloats() {
    let y = Tensor([1] as [Float]).padded(before: [1], after: [0], value: -.infinity)
    #expect(numbers(y) == [-.infinity, 1])
  }

  @Test func objections() {
    #expect(
      objection(Pad(before: [1], after: [0, 0]), TensorSpec([2, 3]))
        == "pad: found padding before [1] for an input float32[2, 3], expected 2 numbers")
    #expect(objection(Pad(before: [-1], after: [0]), TensorSpec([2])).contains("expected no number below 0"))
  }
}
