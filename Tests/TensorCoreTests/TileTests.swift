import TensorCore
import Testing

@Suite struct TileTests {
  static let cases: [(Shape, [Int])] = [
    ([3], [4]), ([2, 3], [1, 2]), ([2, 3], [3, 1]), ([2, 3], [2, 2]), ([2, 1, 3], [2, 3, 2]), ([2], [1]),
    ([2, 2], [0, 1]),
    ([1, 2, 1, 2, 1, 2, 1, 2], [2, 1, 2, 1, 2, 1, 2, 2]), ([], []),
  ]

  @Test(arguments: cases, [DType.float32, .uint8])
  func copiesFollowEachOther(_ c: (shape: Shape, multiples: [Int]), _ dtype: DType) {
    let x = tensor((0..<c.shape.elementCount).map(Double.init), c.shape, dtype)
    let shape = zip(c.shape.array, c.multiples).map { $0 * $1 }
    let expected = indices(shape).map { index in
      numbers(x)[position(zip(index, c.shape.array).map { $0 % $1 }, c.shape.array)]
    }
    expectClose(x.tiled(c.multiples), expected, Shape(shape), within: 0)
  }

  @Test(arguments: [0, 1, 2])
  func repeatedElementsStandSideBySide(_ axis: Int) {
    let shape: Shape = [2, 3, 4]
    let x = sample(shape)
    var longer = shape.array
    longer[axis] *= 3
    let expected = indices(longer).map { index in
      var source = index
      source[axis] /= 3
      return numbers(x)[position(source, shape.array)]
    }
    expectClose(x.repeated(3, axis: axis), expected, Shape(longer), within: 0)
    expectClose(x.repeated(3, axis: axis - 3), expected, Shape(longer), within: 0)
  }

  @Test func objections() {
    #expect(
      objection(Tile(multiples: [2]), TensorSpec([2, 3]))
        == "tile: found multiples [2] for an input float32[2, 3], expected 2 numbers")
    #expect(objection(Tile(multiples: [-2]), TensorSpec([2])).contains("expected no number below 0"))
    #expect(captureError(TensorSpec([2])) { [$0[0].repeated(2, axis: 1)] }.contains("along axis 1"))
  }
}
