import CKernels
import Glibc
import Testing

@Suite struct ReduceTests {
  /// outer, n, inner
  static let shapes = [
    [1, 1, 1], [1, 10, 1], [5, 1000, 1], [1, 300_007, 1], [3, 64, 1], [2, 130, 3], [1, 5000, 6], [1, 70_001, 10],
    [2, 50, 32], [2, 50, 33], [3, 129, 64], [2, 77, 200], [1, 3, 5000], [4, 0, 3], [0, 4, 3],
  ]

  func naive(_ x: [Double], _ shape: [Int], _ start: Double, _ step: (Double, Double) -> Double) -> [Double] {
    (0..<shape[0] * shape[2]).map { i in
      let base = i / shape[2] * shape[1] * shape[2] + i % shape[2]
      return (0..<shape[1]).reduce(start) { step($0, x[base + $1 * shape[2]]) }
    }
  }

  func reduce(_ op: ck_reduce, _ x: [Float], _ shape: [Int], _ threads: Int32) -> [Float] {
    output(shape[0] * shape[2], of: Float(0)) { ck_reduce_f32(op, x, $0, shape[0], shape[1], shape[2], threads) }
  }

  @Test("sums, means and extremes match naive double ones", arguments: shapes)
  func sums(_ shape: [Int]) {
    let x = Samples.randomFloats(shape.reduce(1, *), in: 0.5...1.5), wide = x.map(Double.init)
    let sums = naive(wide, shape, 0, +)
    for (value, expected) in zip(reduce(CK_REDUCE_SUM, x, shape, 2), sums) {
      #expect(abs(Double(value) - expected) <= 5e-7 * abs(expected))
    }
    for (value, expected) in zip(reduce(CK_REDUCE_MEAN, x, shape, 2), sums.map { $0 / Double(shape[1]) }) {
      #expect(abs(Double(value) - expected) <= 5e-7 || (value.isNaN && expected.isNaN))
    }
    #expect(reduce(CK_REDUCE_MAX, x, shape, 2).map(Double.init) == naive(wide, shape, -.infinity, max))
    #expect(reduce(CK_REDUCE_MIN, x, shape, 2).map(Double.init) == naive(wide, shape, .infinity, min))
    let doubles = output(shape[0] * shape[2], of: 0.0) {
      ck_reduce_f64(CK_REDUCE_SUM, wide, $0, shape[0], shape[1], shape[2], 2)
    }
    for (value, expected) in zip(doubles, sums) { #expect(abs(value - expected) <= 1e-13 * abs(expected)) }
    let ints = wide.map { Int32($0 * 1000) }
    let intSums = output(shape[0] * shape[2], of: Int32(0)) {
      ck_reduce_i32(CK_REDUCE_SUM, ints, $0, shape[0], shape[1], shape[2], 2)
    }
    #expect(intSums.map(Double.init) == naive(ints.map(Double.init), shape, 0, +))
  }

  @Test("one thread and two give the same bits", arguments: shapes)
  func threads(_ shape: [Int]) {
    let x = Samples.randomFloats(shape.reduce(1, *))
    for op in [CK_REDUCE_SUM, CK_REDUCE_MEAN, CK_REDUCE_MAX, CK_REDUCE_PROD] {
      #expect(reduce(op, x, shape, 1).map(\.bitPattern) == reduce(op, x, shape, 2).map(\.bitPattern))
    }
  }

  @Test func long() {
    let n = 4_000_000
    let tenth = [Float](repeating: 0.1, count: n)
    let exact = Double(Float(0.1)) * Double(n)
    #expect(abs(Double(reduce(CK_REDUCE_SUM, tenth, [1, n, 1], 2)[0]) - exact) <= 5e-7 * exact)
  }

  @Test func productsAndIntegers() {
    #expect(reduce(CK_REDUCE_PROD, [1, 2, 3, 4, 5, 6], [2, 3, 1], 1) == [6, 120])
    let ints: [Int32] = [7, -7, 3, -8, .max, 1]
    let run = { (op: ck_reduce) in output(2, of: Int32(0)) { ck_reduce_i32(op, ints, $0, 1, 3, 2, 1) } }
    #expect(run(CK_REDUCE_SUM) == [.min + 9, -14])
    #expect(run(CK_REDUCE_MEAN) == [715_827_885, -4])
    #expect(run(CK_REDUCE_MAX) == [.max, 1])
    #expect(run(CK_REDUCE_MIN) == [3, -8])
    let flags: [UInt8] = [0, 1, 1, 1, 0, 1]
    #expect(output(2, of: UInt8(7)) { ck_reduce_u8(CK_REDUCE_MAX, flags, $0, 1, 3, 2, 1) } == [1, 1])
    #expect(output(2, of: UInt8(7)) { ck_reduce_u8(CK_REDUCE_MIN, flags, $0, 1, 3, 2, 1) } == [0, 1])
    let large: [Int64] = [1 << 62, 1 << 61, 3]
    let sum = output(1, of: Int64(0)) { ck_reduce_i64(CK_REDUCE_SUM, large, $0, 1, 3, 1, 1) }
    #expect(sum == [6_917_529_027_641_081_859])
  }

  @Test("NaN wins every maximum, wherever it stands", arguments: [0, 1, 63, 64, 700, 998])
  func nan(position: Int) {
    var x = Samples.randomFloats(999)
    x[position] = .nan
    #expect(reduce(CK_REDUCE_MAX, x, [1, 999, 1], 1)[0].isNaN && reduce(CK_REDUCE_MIN, x, [1, 999, 1], 1)[0].isNaN)
    #expect(reduce(CK_REDUCE_MAX, x, [1, 333, 3], 1)[position % 3].isNaN)
    for isMax in [0, 1] as [Int32] {
      #expect(output(1, of: Int64(0)) { ck_arg_reduce_f32(isMax, x, $0, 1, 999, 1, 1) } == [Int64(position)])
    }
  }

  @Test func argumentsTakeTheFirstOfEquals() {
    let x: [Float] = [1, 5, 3, 5, 0, 0, 2, 5]
    let run = { (isMax: Int32, shape: [Int]) in
      output(shape[0] * shape[2], of: Int64(9)) { ck_arg_reduce_f32(isMax, x, $0, shape[0], shape[1], shape[2], 1) }
    }
    #expect(run(1, [1, 8, 1]) == [1])
    #expect(run(0, [1, 8, 1]) == [4])
    #expect(run(1, [2, 4, 1]) == [1, 3])
    #expect(run(1, [1, 4, 2]) == [1, 0])
    #expect(output(2, of: Int64(9)) { ck_arg_reduce_i32(1, [3, 4, 4, 1], $0, 2, 2, 1, 1) } == [1, 0])
    #expect(output(1, of: Int64(9)) { ck_arg_reduce_u8(0, [3, 1, 1, 4], $0, 1, 4, 1, 1) } == [1])
  }

  @Test func runningSums() {
    let run = { (x: [Float], shape: [Int], exclusive: Int32, reverse: Int32) in
      output(x.count, of: Float(0)) {
        ck_cumsum_f32(x, $0, shape[0], shape[1], shape[2], exclusive, reverse, 2)
      }
    }
    #expect(run([1, 2, 3, 4, 5, 6], [2, 3, 1], 0, 0) == [1, 3, 6, 4, 9, 15])
    #expect(run([1, 2, 3, 4, 5, 6], [2, 3, 1], 1, 0) == [0, 1, 3, 0, 4, 9])
    #expect(run([1, 2, 3, 4, 5, 6], [2, 3, 1], 0, 1) == [6, 5, 3, 15, 11, 6])
    #expect(run([1, 2, 3, 4, 5, 6], [2, 3, 1], 1, 1) == [5, 3, 0, 11, 6, 0])
    #expect(run([1, 2, 3, 4, 5, 6], [1, 3, 2], 0, 0) == [1, 2, 4, 6, 9, 12])
    #expect(output(3, of: Int32(0)) { ck_cumsum_i32([.max, 1, 1], $0, 1, 3, 1, 0, 0, 1) } == [.max, .min, .min + 1])
    var inPlace: [Double] = [1, 2, 3]
    inPlace.withUnsafeMutableBufferPointer {
      if let p = $0.baseAddress { ck_cumsum_f64(p, p, 1, 3, 1, 1, 0, 1) }
    }
    #expect(inPlace == [0, 1, 3])
  }
}
