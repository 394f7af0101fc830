import TensorCore
import Testing

@Suite struct MatMulTests {
  static let sizes = [(1, 1, 1), (2, 3, 4), (5, 1, 7), (17, 33, 9), (16, 48, 31), (3, 70, 129)]

  /// `[m, k] · [k, n]` by three loops, operands stored transposed where asked.
  func naive(_ a: [Double], _ b: [Double], _ m: Int, _ k: Int, _ n: Int, _ tA: Bool, _ tB: Bool) -> [Double] {
    var y = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for l in 0..<k { y[i * n + j] += a[tA ? l * m + i : i * k + l] * b[tB ? j * k + l : l * n + j] }
      }
    }
    return y
  }

  @Test(arguments: sizes, [DType.float32, .float64])
  func everyTranspositionMatchesThreeLoops(_ size: (Int, Int, Int), _ dtype: DType) {
    let (m, k, n) = size
    for (tA, tB) in [(false, false), (false, true), (true, false), (true, true)] {
      let a = sample(tA ? [k, m] : [m, k], seed: 3, dtype)
      let b = sample(tB ? [n, k] : [k, n], seed: 4, dtype)
      expectClose(
        a.matmul(b, transposeSelf: tA, transposeOther: tB), naive(numbers(a), numbers(b), m, k, n, tA, tB), [m, n],
        within: tolerance(dtype))
    }
  }

  @Test(arguments: [DType.int32, .int64])
  func integersMultiplyExactly(_ dtype: DType) {
    let a = tensor([1, -2, 3, 4, 5, -6], [2, 3], dtype)
    let b = tensor([7, 8, 9, 10, 11, 12], [3, 2], dtype)
    expectClose(a.matmul(b), [22, 24, 7, 10], [2, 2], within: 0)
  }

  static let batches: [(Shape, Shape)] = [
    ([2, 3, 4, 5], [2, 3, 5, 6]), ([3, 4, 5], [5, 6]), ([4, 5], [3, 5, 6]), ([2, 1, 4, 5], [3, 5, 6]),
    ([2, 3, 4, 5], [1, 3, 5, 1]), ([1, 1, 2, 5], [2, 2, 5, 3]), ([40, 2, 5], [40, 5, 3]),
  ]

  @Test(arguments: batches, [false, true])
  func leadingAxesBroadcastAsInNumPy(_ shapes: (Shape, Shape), _ transposed: Bool) throws {
    let (a, b) = (sample(shapes.0, seed: 5), sample(shapes.1, seed: 6))
    let swapped = { (t: Tensor) in
      t.transposed(Array(0..<t.rank - 2) + [t.rank - 1, t.rank - 2])
    }
    let y =
      transposed
      ? swapped(a).matmul(swapped(b), transposeSelf: true, transposeOther: true) : a.matmul(b)
    let lead = try #require(Shape.broadcast(a.shape[0..<a.rank - 2], b.shape[0..<b.rank - 2])).array
    let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
    func part(_ t: Tensor, _ index: [Int]) -> [Double] {
      let own = t.shape.array.dropLast(2)
      let fitted = zip(index.suffix(own.count), own).map { $1 == 1 ? 0 : $0 }
      let size = t.shape[-1] * t.shape[-2]
      let start = position(fitted, Array(own)) * size
      return Array(numbers(t)[start..<start + size])
    }
    let expected = indices(lead).flatMap { naive(part(a, $0), part(b, $0), m, k, n, false, false) }
    expectClose(y, expected, Shape(lead + [m, n]), within: 1e-12)
  }

  @Test func threadsDoNotChangeBits() {
    let (a, b) = (sample([6, 65, 47], seed: 7, .float32), sample([6, 47, 33], seed: 8, .float32))
    let one = Execution.$threadCount.withValue(1) { a.matmul(b).scalars(of: Float.self) }
    let four = Execution.$threadCount.withValue(4) { a.matmul(b).scalars(of: Float.self) }
    #expect(one == four)
  }

  @Test func nothingToSumGivesZerosAndNoRowsGiveNone() {
    expectClose(sample([2, 0]).matmul(sample([0, 3])), [0, 0, 0, 0, 0, 0], [2, 3], within: 0)
    #expect(sample([0, 2]).matmul(sample([2, 3])).shape == [0, 3])
    #expect(sample([0, 4, 2]).matmul(sample([2, 3])).shape == [0, 4, 3])
  }

  @Test func objectionsNameTheShapes() {
    #expect(
      objection(MatMul(), TensorSpec([2, 3]), TensorSpec([4, 5]))
        == "matmul: found inputs float32[2, 3] and float32[4, 5], expected equal inner dimensions, not 3 and 4")
    #expect(
      objection(MatMul(transposeB: true), TensorSpec([2, 3]), TensorSpec([3, 5]))
        == "matmul: found inputs float32[2, 3] and float32[3, 5] (transposed), expected equal inner dimensions, not 3 and 5"
    )
    #expect(
      objection(MatMul(), TensorSpec([2, 2, 3]), TensorSpec([3, 3, 5])).contains("leading axes that broadcast"))
    #expect(objection(MatMul(), TensorSpec([3]), TensorSpec([3, 5])).contains("at least 2 axes"))
    #expect(
      objection(MatMul(), TensorSpec([2, 3]), TensorSpec([3, 5], .float64)).contains("expected equal element types"))
    #expect(objection(MatMul(), TensorSpec([2, 3], .uint8), TensorSpec([3, 5], .uint8)).contains("cast them first"))
  }
}
