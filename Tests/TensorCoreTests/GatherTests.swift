import TensorCore
import Testing

@Suite struct GatherTests {
  static let cases: [(Shape, Shape, Int)] = [
    ([5, 3], [4], 0), ([5, 3], [2, 3], 0), ([5, 3], [], 0), ([2, 5, 3], [4], 1), ([2, 3, 5], [2, 2], 2), ([5], [3], 0),
    ([2, 5, 3], [0], 1),
  ]

  @Test(arguments: cases, [DType.int32, .int64])
  func takesRowsAsNumPyAndScattersThemBack(_ c: (table: Shape, indices: Shape, axis: Int), _ dtype: DType) {
    let count = c.indices.elementCount
    let chosen = (0..<count).map { ($0 * 3 + 1) % 5 }
    let places = tensor(chosen.map(Double.init), c.indices, dtype)
    let table = sample(c.table, .float32)
    let values = numbers(table)
    let (head, tail) = (Array(c.table.array[..<c.axis]), Array(c.table.array[(c.axis + 1)...]))
    let shape = Shape(head + c.indices.array + tail)
    let updates = sample(shape, seed: 2, .float32)
    var sums = [Double](repeating: 0, count: values.count)
    var expected: [Double] = []
    for index in indices(head + [count] + tail) {
      var source = index
      source[c.axis] = chosen[index[c.axis]]
      sums[position(source, c.table.array)] += numbers(updates)[expected.count]
      expected.append(values[position(source, c.table.array)])
    }
    expectClose(table.gathered(places, axis: c.axis), expected, shape, within: 0)
    expectClose(table.gathered(places, axis: c.axis - c.table.rank), expected, shape, within: 0)
    let scattered = Tensor.apply(ScatterAdd(axis: c.axis, size: 5), places, updates)
    expectClose(scattered, sums, c.table, within: 1e-6)
  }

  @Test(arguments: [DType.float32, .float64, .int32, .int64])
  func equalIndicesAddUp(_ dtype: DType) {
    let updates = tensor([1, 2, 3, 4, 5, 6], [3, 2], dtype)
    let indices = Tensor([2, 0, 2] as [Int32])
    expectClose(
      Tensor.apply(ScatterAdd(axis: 0, size: 4), indices, updates), [3, 4, 0, 0, 6, 8, 0, 0], [4, 2], within: 0)
    let along = Tensor([1, 1, 0, 1, 1, 1] as [Int64], [3, 2])
    expectClose(
      Tensor.apply(ScatterAddAlong(axis: 1, size: 2), along, updates), [0, 3, 3, 4, 0, 11], [3, 2], within: 0)
  }

  @Test(arguments: [0, 1, 2])
  func takesOneElementPerIndexAlongAnAxis(_ axis: Int) {
    let shape: Shape = [3, 4, 2]
    var counts = shape.array
    counts[axis] = 5
    let count = Shape(counts).elementCount
    let chosen = (0..<count).map { ($0 * 7 + 2) % shape[axis] }
    let x = sample(shape)
    let updates = sample(Shape(counts), seed: 3)
    var sums = [Double](repeating: 0, count: 24)
    let expected = indices(counts).enumerated().map { number, index in
      var source = index
      source[axis] = chosen[number]
      sums[position(source, shape.array)] += numbers(updates)[number]
      return numbers(x)[position(source, shape.array)]
    }
    let places = Tensor(chosen.map { Int64($0) }, Shape(counts))
    expectClose(x.gatheredAlong(places, axis: axis), expected, Shape(counts), within: 0)
    expectClose(x.gatheredAlong(places, axis: axis - 3), expected, Shape(counts), within: 0)
    let scattered = Tensor.apply(ScatterAddAlong(axis: axis, size: shape[axis]), places, updates)
    expectClose(scattered, sums, shape, within: 1e-14)
  }

  @Test func elementsOfEverySizeAreTaken() {
    let indices = Tensor([1, 0] as [Int64])
    for dtype in DType.allCases {
      var x = Tensor(uninitialized: TensorSpec([2], dtype))
      let size = dtype.byteCount
      x.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8(index % 2) } }
      let swapped = x.withBytes { Array($0[size...]) + Array($0[..<size]) }
      #expect(x.gathered(indices).withBytes { Array($0) } == swapped)
      #expect(x.gatheredAlong(indices, axis: 0).withBytes { Array($0) } == swapped)
    }
  }

  @Test func objections() {
    let table = TensorSpec([5, 3])
    #expect(
      objection(Gather(axis: 0), table, TensorSpec([2]))
        == "gather: found indices float32[2], expected int32 or int64; cast them first")
    #expect(objection(Gather(axis: 2), table, TensorSpec([2], .int64)).contains("found axis 2"))
    #expect(
      objection(GatherAlong(axis: 1), table, TensorSpec([4, 1], .int64)).contains("differ in axis 1 only"))
    #expect(
      objection(ScatterAdd(axis: 0, size: 5), TensorSpec([2], .int64), TensorSpec([3, 3]))
        .contains("found updates float32[3, 3] for indices int64[2]"))
    #expect(
      objection(ScatterAdd(axis: 0, size: 5), TensorSpec([2], .int64), TensorSpec([2, 3], .uint8)).contains("cast"))
    #expect(
      objection(ScatterAddAlong(axis: 0, size: 5), TensorSpec([2], .int64), TensorSpec([3]))
        == "scatter_add_along: found indices int64[2], expected shape [3]")
  }

  @Test func indicesOutsideTrap() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2.0]).gathered(Tensor([2] as [Int64])) }
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1.0, 2.0]).gatheredAlong(Tensor([-1] as [Int64]), axis: 0)
    }
  }
}
