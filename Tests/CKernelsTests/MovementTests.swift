import CKernels
import Testing

@Suite struct MovementTests {
  func rowMajor(_ dims: [Int]) -> [Int] {
    dims.indices.map { axis in dims[(axis + 1)...].reduce(1, *) }
  }

  func offset(_ index: [Int], _ strides: [Int]) -> Int { zip(index, strides).map { $0 * $1 }.reduce(0, +) }

  struct Transposition: Sendable {
    let dims: [Int], permutation: [Int]
  }

  static let transpositions = [
    Transposition(dims: [], permutation: []), Transposition(dims: [5], permutation: [0]),
    Transposition(dims: [33, 65], permutation: [1, 0]), Transposition(dims: [300, 200], permutation: [1, 0]),
    Transposition(dims: [2, 3, 4], permutation: [0, 1, 2]), Transposition(dims: [2, 3, 4], permutation: [2, 0, 1]),
    Transposition(dims: [2, 3, 4], permutation: [1, 0, 2]),
    Transposition(dims: [4, 7, 5, 3], permutation: [0, 3, 1, 2]),
    Transposition(dims: [4, 3, 7, 5], permutation: [0, 2, 3, 1]),
    Transposition(dims: [3, 1, 4], permutation: [2, 1, 0]),
    Transposition(dims: [2, 3, 2, 2, 3], permutation: [4, 2, 0, 3, 1]),
    Transposition(dims: [3, 0], permutation: [1, 0]),
  ]

  @Test("transposition for every element size", arguments: transpositions)
  func transpose(_ t: Transposition) {
    func check<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
      let count = t.dims.reduce(1, *), outDims = t.permutation.map { t.dims[$0] }
      let x = (0..<count).map { T(truncatingIfNeeded: $0 &* 2_654_435_761) }, from = rowMajor(t.dims)
      let expected = indices(outDims).map { index in
        x[zip(t.permutation, index).map { from[$0] * $1 }.reduce(0, +)]
      }
      for threads in [1, 2] as [Int32] {
        let y = output(count, of: T.zero) {
          ck_transpose(x, $0, t.dims, t.permutation, Int32(t.dims.count), MemoryLayout<T>.size, threads)
        }
        #expect(y == expected)
      }
    }
    check(UInt8.self)
    check(UInt16.self)
    check(UInt32.self)
    check(UInt64.self)
  }

  @Test("gather takes rows", arguments: [1, 2, 3, 4, 8, 40])
  func gather(rowBytes: Int) {
    let table = (0..<2 * 5 * rowBytes).map { UInt8(truncatingIfNeeded: $0 * 7) }, picks: [Int64] = [4, 0, 0, 3]
    var expected: [UInt8] = []
    for outer in 0..<2 {
      for pick in picks {
        let start = (outer * 5 + Int(pick)) * rowBytes
        expected += table[start..<start + rowBytes]
      }
    }
    #expect(output(expected.count, of: UInt8(0)) { ck_gather(table, picks, $0, 2, 5, rowBytes, 4, 2) } == expected)
  }

  @Test("scatter adds in order", arguments: [1, 3, 32, 70])
  func scatter(inner: Int) {
    let picks = Samples.random(2000, in: 0...6.999).map { Int64($0) }
    let updates = Samples.randomFloats(3 * 2000 * inner)
    var expected = [Float](repeating: 1, count: 3 * 7 * inner)
    for outer in 0..<3 {
      for k in 0..<2000 {
        for c in 0..<inner {
          expected[(outer * 7 + Int(picks[k])) * inner + c] += updates[(outer * 2000 + k) * inner + c]
        }
      }
    }
    for threads in [1, 2] as [Int32] {
      var y = [Float](repeating: 1, count: expected.count)
      ck_scatter_add_f32(picks, updates, &y, 3, 7, inner, 2000, threads)
      #expect(y == expected)
    }
    var ints: [Int32] = [.max, 0]
    ck_scatter_add_i32([0, 1, 1], [1, 2, 3], &ints, 1, 2, 1, 3, 1)
    #expect(ints == [.min, 5])
  }

  struct Padding: Sendable {
    let dims: [Int], before: [Int], after: [Int]
  }

  @Test(
    "padding fills around",
    arguments: [
      Padding(dims: [4], before: [1], after: [2]), Padding(dims: [2, 3], before: [1, 0], after: [0, 2]),
      Padding(dims: [2, 5, 6, 3], before: [0, 2, 1, 0], after: [0, 1, 2, 0]),
      Padding(dims: [0, 2], before: [1, 1], after: [1, 0]), Padding(dims: [2, 2], before: [0, 0], after: [0, 0]),
      Padding(dims: [], before: [], after: []),
    ])
  func pad(_ p: Padding) {
    let x = (0..<p.dims.reduce(1, *)).map { Int32($0 + 1) }, from = rowMajor(p.dims)
    let outDims = p.dims.indices.map { p.dims[$0] + p.before[$0] + p.after[$0] }
    let expected = indices(outDims).map { index -> Int32 in
      let source = zip(index, p.before).map { $0 - $1 }
      return zip(source, p.dims).allSatisfy { $0 >= 0 && $0 < $1 } ? x[offset(source, from)] : -9
    }
    var fill: Int32 = -9
    let y = output(expected.count, of: Int32(0)) {
      ck_pad(x, $0, p.dims, p.before, outDims, Int32(p.dims.count), 4, &fill, 2)
    }
    #expect(y == expected)
  }

  struct Slice: Sendable {
    let dims: [Int], begin: [Int], step: [Int], out: [Int]
  }

  @Test(
    "slices, and their scatter back",
    arguments: [
      Slice(dims: [10], begin: [2], step: [3], out: [3]), Slice(dims: [10], begin: [9], step: [-2], out: [5]),
      Slice(dims: [4, 6], begin: [1, 0], step: [1, 1], out: [2, 6]),
      Slice(dims: [4, 6, 2], begin: [3, 1, 0], step: [-1, 2, 1], out: [4, 2, 2]),
      Slice(dims: [3, 4], begin: [0, 3], step: [2, -1], out: [2, 4]),
      Slice(dims: [3, 4], begin: [0, 0], step: [1, 1], out: [0, 4]), Slice(dims: [], begin: [], step: [], out: []),
    ])
  func slice(_ s: Slice) {
    let x = (0..<s.dims.reduce(1, *)).map { Double($0 + 1) }, from = rowMajor(s.dims), rank = Int32(s.dims.count)
    let places = indices(s.out).map { index in
      offset(index.indices.map { s.begin[$0] + index[$0] * s.step[$0] }, from)
    }
    let y = output(places.count, of: 0.0) { ck_strided_slice(x, $0, s.dims, s.begin, s.step, s.out, rank, 8, 2) }
    #expect(y == places.map { x[$0] })
    let back = output(x.count, of: 0.0) { ck_strided_slice_scatter(y, $0, s.out, s.begin, s.step, s.dims, rank, 8, 2) }
    var expected = [Double](repeating: 0, count: x.count)
    for place in places { expected[place] = x[place] }
    #expect(back == expected)
  }

  @Test func fillsRowsOneHotAndRanges() {
    var short: UInt16 = 0x1234, byte: UInt8 = 7, wide = 2.5
    #expect(output(5, of: UInt16(0)) { ck_fill($0, 5, 2, &short, 1) } == [UInt16](repeating: 0x1234, count: 5))
    #expect(output(5, of: UInt8(0)) { ck_fill($0, 5, 1, &byte, 1) } == [7, 7, 7, 7, 7])
    #expect(output(100_000, of: 0.0) { ck_fill($0, 100_000, 8, &wide, 2) }.allSatisfy { $0 == 2.5 })
    let x: [UInt8] = [1, 2, 3, 4, 5, 6]
    #expect(output(8, of: UInt8(0)) { ck_copy_rows(x, 3, $0, 4, 2, 2, 1) } == [1, 2, 0, 0, 4, 5, 0, 0])
    var on: Float = 1, off: Float = 0
    #expect(
      output(9, of: Float(5)) { ck_one_hot([2, 0, -1], $0, 3, 3, 4, &on, &off, 1) } == [0, 0, 1, 1, 0, 0, 0, 0, 0])
    #expect(output(4, of: Float(0)) { ck_range_f32(1, 0.5, $0, 4, 1) } == [1, 1.5, 2, 2.5])
    #expect(output(4, of: Int32(0)) { ck_range_i32(5, -2, $0, 4, 1) } == [5, 3, 1, -1])
    #expect(output(2, of: Int64(0)) { ck_range_i64(.max, 1, $0, 2, 1) } == [.max, .min])
  }
}
