import TensorCore
import Testing

@Suite struct ConcatenateTests {
  static let cases: [([Shape], Int)] = [
    ([[2, 3], [4, 3]], 0), ([[2, 3], [2, 1], [2, 5]], 1), ([[2, 3, 4], [2, 2, 4]], -2), ([[3], [0], [2]], 0),
    ([[2, 2, 1], [2, 2, 3], [2, 2, 2]], -1),
  ]

  @Test(arguments: cases, [DType.float32, .float64])
  func partsFollowEachOtherAndSplitUndoesIt(_ c: (shapes: [Shape], axis: Int), _ dtype: DType) {
    let parts = c.shapes.enumerated().map { sample($1, seed: UInt64($0 + 1), dtype) }
    let axis = c.axis < 0 ? c.axis + c.shapes[0].rank : c.axis
    let sizes = c.shapes.map { $0[axis] }
    var shape = c.shapes[0]
    shape[axis] = sizes.reduce(0, +)
    let expected = indices(shape.array).map { index in
      var (index, part) = (index, 0)
      while index[axis] >= sizes[part] {
        index[axis] -= sizes[part]
        part += 1
      }
      return numbers(parts[part])[position(index, c.shapes[part].array)]
    }
    let whole = Tensor.concatenate(parts, axis: c.axis)
    expectClose(whole, expected, shape, within: 0)
    for (found, part) in zip(whole.split(sizes: sizes, axis: c.axis), parts) {
      expectClose(found, numbers(part), part.shape, within: 0)
    }
  }

  @Test func bytesOfAnyTypeAreJoined() {
    let joined = Tensor.concatenate([Tensor([true, false]), Tensor([true])], axis: 0)
    #expect(joined.scalars(of: Bool.self) == [true, false, true])
  }

  @Test func stackingMakesANewAxis() {
    let (a, b) = (Tensor([1, 2, 3] as [Float]), Tensor([4, 5, 6] as [Float]))
    expectClose(Tensor.stack([a, b]), [1, 2, 3, 4, 5, 6], [2, 3], within: 0)
    expectClose(Tensor.stack([a, b], axis: 1), [1, 4, 2, 5, 3, 6], [3, 2], within: 0)
    expectClose(Tensor.stack([a, b], axis: -1), [1, 4, 2, 5, 3, 6], [3, 2], within: 0)
    expectClose(Tensor.stack([a], axis: 0), [1, 2, 3], [1, 3], within: 0)
  }

  @Test func splittingIntoEqualParts() {
    let parts = sample([2, 6]).split(count: 3, axis: -1)
    #expect(parts.map(\.shape) == [[2, 2], [2, 2], [2, 2]])
  }

  @Test func objections() {
    #expect(
      objection(Concatenate(axis: 1, count: 2), TensorSpec([2, 3]), TensorSpec([4, 3]))
        == "concatenate: found shapes [[2, 3], [4, 3]], expected them to differ in axis 1 only")
    #expect(
      objection(Concatenate(axis: 0, count: 2), TensorSpec([2, 3]), TensorSpec([2])).contains("differ in axis 0"))
    #expect(objection(Concatenate(axis: 0, count: 2), TensorSpec([2]), TensorSpec([2], .int32)).contains("cast"))
    #expect(objection(Concatenate(axis: 0, count: 0)).contains("at least one"))
    #expect(captureError(TensorSpec([2, 5])) { $0[0].split(count: 2, axis: 1) }.contains("expected a divisor"))
    #expect(captureError(TensorSpec([2, 5])) { $0[0].split(sizes: [2, 2], axis: 1) }.contains("found sizes [2, 2]"))
    #expect(
      captureError(TensorSpec([2]), TensorSpec([3])) { [Tensor.stack($0)] }
        == "stack: found shapes [[2], [3]], expected equal ones")
  }
}
