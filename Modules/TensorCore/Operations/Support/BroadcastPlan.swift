/// How up to three operands are walked to fill a result that they broadcast to.
///
/// Axes that all operands walk in step are merged and axes of length 1 dropped, so that the usual cases (equal shapes, a
/// scalar, a row) reach the kernels with one or two axes. Everything is inline: no allocation.
struct BroadcastPlan {
  /// Four rows of eight: the result's dimensions, then the operands' element strides; a stride of 0 repeats.
  /// Filled from the end, so that the last axis is always at 7.
  private var table = InlineArray<32, Int>(repeating: 1)
  private var start = 8

  init(_ result: Shape, _ a: Shape, _ b: Shape) { self.init(result, a, b, b) }

  init(_ result: Shape, _ a: Shape, _ b: Shape, _ c: Shape) {
    if a == result && b == result && c == result {
      start = 7
      table[7] = result.elementCount
      return
    }
    var running = (1, 1, 1)
    for axis in stride(from: result.rank - 1, through: 0, by: -1) {
      let fromEnd = result.rank - axis
      let strides = (
        BroadcastPlan.step(a, fromEnd, &running.0), BroadcastPlan.step(b, fromEnd, &running.1),
        BroadcastPlan.step(c, fromEnd, &running.2)
      )
      append(result.dimensions[axis], strides)
    }
    if start == 8 { start = 7 }
  }

  /// The stride of an operand along the axis that is `fromEnd` from the end.
  private static func step(_ shape: Shape, _ fromEnd: Int, _ running: inout Int) -> Int {
    guard fromEnd <= shape.rank else { return 0 }
    let dimension = shape.dimensions[shape.rank - fromEnd]
    guard dimension != 1 else { return 0 }
    defer { running *= dimension }
    return running
  }

  private mutating func append(_ dimension: Int, _ strides: (Int, Int, Int)) {
    guard dimension != 1 else { return }
    if start < 8 {
      let inner = table[start]
      if strides.0 == table[8 + start] * inner && strides.1 == table[16 + start] * inner
        && strides.2 == table[24 + start] * inner
      {
        table[start] = inner * dimension
        return
      }
    }
    start -= 1
    table[start] = dimension
    table[8 + start] = strides.0
    table[16 + start] = strides.1
    table[24 + start] = strides.2
  }

  /// The dimensions and strides as C kernels take them.
  struct Pointers {
    let dims, a, b, c: UnsafePointer<Int>
    let rank: Int32
  }

  func withPointers(_ body: (Pointers) -> Void) {
    table.span.withUnsafeBufferPointer { buffer in
      let base = buffer.baseAddress! + start
      body(Pointers(dims: base, a: base + 8, b: base + 16, c: base + 24, rank: Int32(8 - start)))
    }
  }
}
