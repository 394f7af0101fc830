import CKernels
import Glibc
import Testing

/// Row-major strides of `shape` seen from the broadcast `dims`: 0 where an axis is repeated.
func broadcastStrides(_ shape: [Int], to dims: [Int]) -> [Int] {
  var strides = [Int](repeating: 0, count: dims.count)
  var stride = 1
  for (axis, dim) in zip(dims.indices.suffix(shape.count), shape).reversed() {
    strides[axis] = dim == 1 ? 0 : stride
    stride *= dim
  }
  return strides
}

/// Every multi-index of `dims` in row-major order.
func indices(_ dims: [Int]) -> [[Int]] {
  dims.reduce([[]]) { partial, dim in partial.flatMap { prefix in (0..<dim).map { prefix + [$0] } } }
}

@Suite struct BroadcastTests {
  struct Shapes: Sendable {
    let a: [Int], b: [Int], dims: [Int]
  }

  static let shapes = [
    Shapes(a: [], b: [], dims: []),
    Shapes(a: [7], b: [7], dims: [7]),
    Shapes(a: [3, 40], b: [40], dims: [3, 40]),
    Shapes(a: [3, 40], b: [3, 1], dims: [3, 40]),
    Shapes(a: [1], b: [5, 6], dims: [5, 6]),
    Shapes(a: [4, 1, 5], b: [3, 1], dims: [4, 3, 5]),
    Shapes(a: [2, 1, 3, 1, 2], b: [1, 4, 1, 5, 2], dims: [2, 4, 3, 5, 2]),
    Shapes(a: [2, 3, 4], b: [2, 1, 4], dims: [2, 3, 4]),
    Shapes(a: [200, 300], b: [300], dims: [200, 300]),
    Shapes(a: [2, 0, 3], b: [3], dims: [2, 0, 3]),
    Shapes(a: [1, 2, 1, 2, 1, 2, 1, 2], b: [2, 1, 2, 1, 2, 1, 2, 1], dims: [2, 2, 2, 2, 2, 2, 2, 2]),
  ]

  @Test("operands are repeated as NumPy does", arguments: shapes)
  func broadcasting(_ shapes: Shapes) {
    let a = Samples.randomFloats(shapes.a.reduce(1, *)), b = Samples.randomFloats(shapes.b.reduce(1, *), seed: 5)
    let sa = broadcastStrides(shapes.a, to: shapes.dims), sb = broadcastStrides(shapes.b, to: shapes.dims)
    let all = indices(shapes.dims)
    let at = { (strides: [Int], index: [Int]) in zip(strides, index).map { $0 * $1 }.reduce(0, +) }
    for threads in [1, 2] as [Int32] {
      let y = output(all.count, of: Float(0)) {
        ck_binary_f32(CK_BINARY_SUB, a, sa, b, sb, $0, shapes.dims, Int32(shapes.dims.count), threads)
      }
      #expect(y == all.map { a[at(sa, $0)] - b[at(sb, $0)] })
      let less = output(all.count, of: UInt8(7)) {
        ck_compare_f32(CK_COMPARE_LT, a, sa, b, sb, $0, shapes.dims, Int32(shapes.dims.count), threads)
      }
      #expect(less == all.map { a[at(sa, $0)] < b[at(sb, $0)] ? 1 : 0 })
      let copy = output(all.count, of: Float(0)) {
        ck_broadcast(a, sa, $0, 4, shapes.dims, Int32(shapes.dims.count), threads)
      }
      #expect(copy == all.map { a[at(sa, $0)] })
      let condition = b.map { UInt8($0 > 0 ? 3 : 0) }
      let chosen = output(all.count, of: Float(0)) {
        ck_select(condition, sb, a, sa, b, sb, $0, 4, shapes.dims, Int32(shapes.dims.count), threads)
      }
      #expect(chosen == all.map { condition[at(sb, $0)] != 0 ? a[at(sa, $0)] : b[at(sb, $0)] })
    }
  }

  @Test func floatOperationsFollowNumPy() {
    let a: [Float] = [5, -5, 5, -5, 0, 1, .nan, 2, -0.0], b: [Float] = [3, 3, -3, -3, 2, 0, 1, .nan, 5]
    let run = { (op: ck_binary) in
      output(9, of: Float(0)) { ck_binary_f32(op, a, [1], b, [1], $0, [9], 1, 1) }
    }
    #expect(Array(run(CK_BINARY_MOD)[0..<5]) == [2, 1, -1, -2, 0])
    #expect(Array(run(CK_BINARY_FLOOR_DIV)[0..<6]) == [1, -2, -2, 1, 0, .infinity])
    #expect(run(CK_BINARY_MAX)[6].isNaN && run(CK_BINARY_MAX)[7].isNaN)
    #expect(run(CK_BINARY_MIN)[6].isNaN && run(CK_BINARY_MIN)[7].isNaN)
    #expect(Array(run(CK_BINARY_MAX)[0..<6]) == [5, 3, 5, -3, 2, 1])
    #expect(Array(run(CK_BINARY_SQUARED_DIFFERENCE)[0..<6]) == [4, 64, 64, 4, 4, 1])
    #expect(run(CK_BINARY_POW)[0] == 125 && run(CK_BINARY_ATAN2)[1] == atan2f(-5, 3))
    #expect(run(CK_BINARY_DIV)[5] == .infinity && run(CK_BINARY_MUL)[1] == -15 && run(CK_BINARY_ADD)[1] == -2)
    let wide = output(4, of: 0.0) {
      ck_binary_f64(CK_BINARY_MOD, a[0..<4].map(Double.init), [1], b[0..<4].map(Double.init), [1], $0, [4], 1, 1)
    }
    #expect(wide == [2, 1, -1, -2])
  }

  @Test func integerOperationsFollowNumPyAndWrap() {
    let a: [Int32] = [7, -7, 7, -7, .min, 5, 3], b: [Int32] = [2, 2, -2, -2, -1, 0, 4]
    let run = { (op: ck_binary) in
      output(7, of: Int32(0)) { ck_binary_i32(op, a, [1], b, [1], $0, [7], 1, 1) }
    }
    #expect(run(CK_BINARY_DIV) == [3, -4, -4, 3, .min, 0, 0])
    #expect(run(CK_BINARY_FLOOR_DIV) == run(CK_BINARY_DIV))
    #expect(run(CK_BINARY_MOD) == [1, 1, -1, -1, 0, 0, 3])
    #expect(run(CK_BINARY_POW) == [49, 49, 0, 0, 0, 1, 81])
    #expect(run(CK_BINARY_SUB) == [5, -9, 9, -5, .min + 1, 5, -1])
    #expect(run(CK_BINARY_MUL)[4] == .min)
    let large = output(2, of: Int64(0)) {
      ck_binary_i64(CK_BINARY_ADD, [.max, 1], [1], [1, 2], [1], $0, [2], 1, 1)
    }
    #expect(large == [.min, 3])
    let bytes = output(3, of: UInt8(0)) {
      ck_binary_u8(CK_BINARY_SUB, [1, 200, 5], [1], [2, 100, 0], [1], $0, [3], 1, 1)
    }
    #expect(bytes == [255, 100, 5])
  }

  @Test func comparisonsWithNaNAreFalseButForInequality() {
    let a: [Float] = [1, .nan, 2, .nan], b: [Float] = [.nan, 1, 2, .nan]
    let run = { (op: ck_compare) in
      output(4, of: UInt8(7)) { ck_compare_f32(op, a, [1], b, [1], $0, [4], 1, 1) }
    }
    #expect(run(CK_COMPARE_EQ) == [0, 0, 1, 0])
    #expect(run(CK_COMPARE_NE) == [1, 1, 0, 1])
    #expect(run(CK_COMPARE_LE) == [0, 0, 1, 0])
    #expect(run(CK_COMPARE_GE) == [0, 0, 1, 0])
    #expect(run(CK_COMPARE_GT) == [0, 0, 0, 0])
  }

  @Test func logicTakesAnyNonzeroByteAsTrue() {
    let a: [UInt8] = [0, 1, 2, 0], b: [UInt8] = [0, 0, 4, 255]
    let run = { (op: ck_logical) in
      output(4, of: UInt8(7)) { ck_logical_u8(op, a, [1], b, [1], $0, [4], 1, 1) }
    }
    #expect(run(CK_LOGICAL_AND) == [0, 0, 1, 0])
    #expect(run(CK_LOGICAL_OR) == [0, 1, 1, 1])
    #expect(run(CK_LOGICAL_XOR) == [0, 1, 0, 1])
    #expect(output(4, of: UInt8(7)) { ck_logical_not(b, $0, 4, 1) } == [1, 1, 0, 0])
  }

  @Test func inPlaceOnEitherOperand() {
    let a = Samples.randomFloats(50_000), b = Samples.randomFloats(50_000, seed: 4)
    var onA = a, onB = b
    onA.withUnsafeMutableBufferPointer {
      if let p = $0.baseAddress { ck_binary_f32(CK_BINARY_MUL, p, [1], b, [1], p, [50_000], 1, 2) }
    }
    onB.withUnsafeMutableBufferPointer {
      if let p = $0.baseAddress { ck_binary_f32(CK_BINARY_MUL, a, [1], p, [1], p, [50_000], 1, 2) }
    }
    #expect(onA == zip(a, b).map { $0 * $1 } && onB == onA)
  }
}
