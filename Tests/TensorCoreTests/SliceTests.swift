import TensorCore
import Testing

@Suite struct SliceTests {
  /// What `range(n)[begin:end:stride]` is in Python, for n = 7.
  static let python: [(begin: Int?, end: Int?, stride: Int, [Int])] = [
    (nil, nil, 1, [0, 1, 2, 3, 4, 5, 6]), (2, 5, 1, [2, 3, 4]), (-3, nil, 1, [4, 5, 6]), (nil, -2, 1, [0, 1, 2, 3, 4]),
    (1, 7, 2, [1, 3, 5]), (0, 100, 3, [0, 3, 6]), (-100, 2, 1, [0, 1]), (5, 2, 1, []), (7, nil, 1, []),
    (nil, nil, -1, [6, 5, 4, 3, 2, 1, 0]), (5, 1, -2, [5, 3]), (nil, nil, -3, [6, 3, 0]), (2, nil, -1, [2, 1, 0]),
    (-2, -6, -1, [5, 4, 3, 2]), (100, 4, -1, [6, 5]), (1, 4, -1, []), (nil, -100, -4, [6, 2]), (-100, nil, -1, []),
  ]

  @Test(arguments: python)
  func boundsMeanWhatTheyMeanInNumPy(_ c: (begin: Int?, end: Int?, stride: Int, taken: [Int])) {
    let x = sample([3, 7, 2])
    let values = numbers(x)
    let y = x.sliced(begin: [nil, c.begin], end: [nil, c.end], strides: [1, c.stride])
    let expected = (0..<3).flatMap { i in
      c.taken.flatMap { j in (0..<2).map { values[position([i, j, $0], [3, 7, 2])] } }
    }
    expectClose(y, expected, [3, c.taken.count, 2], within: 0)
    let line = Tensor((0..<7).map { Int32($0) }, [7]).sliced(begin: [c.begin], end: [c.end], strides: [c.stride])
    #expect(line.scalars(of: Int32.self) == c.taken.map { Int32($0) })
  }

  @Test(arguments: python)
  func gradientsGoBackWhereTheValuesWere(_ c: (begin: Int?, end: Int?, stride: Int, taken: [Int])) throws {
    let shape: Shape = [2, 7]
    let graph = try GraphCapture.capture([TensorSpec(shape, .float64)]) { x throws(CoreError) in
      [x[0].sliced(begin: [nil, c.begin], end: [nil, c.end], strides: [1, c.stride])]
    }
    let slice = try #require(graph.nodes.first?.operation as? Slice)
    let dy = sample([2, c.taken.count], seed: 2)
    var expected = [Double](repeating: 0, count: 14)
    for row in 0..<2 {
      for (place, taken) in c.taken.enumerated() {
        expected[row * 7 + taken] = numbers(dy)[row * c.taken.count + place]
      }
    }
    let gradient = SliceGradient(begin: slice.begin, end: slice.end, strides: slice.strides, inputShape: shape)
    expectClose(Tensor.apply(gradient, dy), expected, shape, within: 0)
  }

  @Test func rangesOfOneAxis() {
    let x = Tensor((0..<24).map { Float($0) }, [2, 3, 4])
    expectClose(x.sliced(axis: -1, 1..<3), [1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22], [2, 3, 2], within: 0)
    expectClose(x.sliced(axis: 1, 2...), [8, 9, 10, 11, 20, 21, 22, 23], [2, 1, 4], within: 0)
    expectClose(x.sliced(axis: 1, ...0), [0, 1, 2, 3, 12, 13, 14, 15], [2, 1, 4], within: 0)
    expectClose(x.row(1).row(-1), [20, 21, 22, 23], [4], within: 0)
    #expect(x.sliced(axis: 0, 1..<1).shape == [0, 3, 4])
  }

  @Test func slicesWhoseElementsLieTogetherShareBytes() {
    let x = sample([4, 3, 5])
    func offset(_ view: Tensor) -> Int {
      view.withBytes { $0.baseAddress! } - x.withBytes { $0.baseAddress! }
    }
    #expect(offset(x.sliced(axis: 0, 1..<3)) == 15 * 8)
    #expect(offset(x.row(2).sliced(axis: 0, 1...)) == 35 * 8)
    #expect(offset(x.sliced(begin: [3, 1, 2], end: [4, 2, 4])) == 52 * 8)
    #expect(!(0..<60 * 8).contains(offset(x.sliced(axis: 1, 1..<2))))
    #expect(!(0..<60 * 8).contains(offset(x.sliced(begin: [0], end: [4], strides: [2]))))
  }

  @Test func writingASharedSliceCopiesIt() {
    let x = sample([4, 2])
    let before = numbers(x)
    var rows = x.sliced(axis: 0, 1..<3)
    rows.withMutableScalars(of: Double.self) { $0[0] = 50 }
    #expect(numbers(x) == before)
    #expect(numbers(rows) == [50] + before[3..<6])
  }

  @Test func contiguousSlicesCanBeEvaluatedToo() {
    let x = sample([4, 2])
    var y = [Tensor(uninitialized: TensorSpec([2, 2], .float64))]
    Slice(begin: [1, 0], end: [3, 2], strides: [1, 1]).evaluate([x], into: &y)
    #expect(numbers(y[0]) == Array(numbers(x)[2..<6]))
  }

  @Test func objections() {
    #expect(
      objection(Slice(begin: [0, 2], end: [2, 5], strides: [1, 1]), TensorSpec([2, 4]))
        == "slice: found 2..<5 by 1 along axis 1 of shape [2, 4], expected bounds in 0...4 and a stride other than 0")
    #expect(objection(Slice(begin: [0], end: [1], strides: [0]), TensorSpec([2])).contains("stride other than 0"))
    #expect(
      objection(Slice(begin: [0], end: [1], strides: [1]), TensorSpec([2, 4])).contains("expected 2 numbers each"))
    #expect(captureError(TensorSpec([2, 4])) { [$0[0].sliced(axis: 1, 2..<5)] }.contains("found 2..<5"))
    #expect(
      captureError(TensorSpec([2, 4])) { [$0[0].row(2)] } == "slice: found row 2 of float32[2, 4], expected -2..<2")
    #expect(captureError(TensorSpec([2])) { [$0[0].sliced(begin: [0, 0], end: [nil])] }.contains("at most 1"))
    let gradient = SliceGradient(begin: [0], end: [2], strides: [1], inputShape: [3])
    #expect(objection(gradient, TensorSpec([3])) == "slice_gradient: found dy float32[3], expected shape [2]")
  }
}
