import Glibc
import TensorCore
import Testing

@Suite struct SoftmaxTests {
  static let cases: [(Shape, Int)] = [
    ([10], 0), ([4, 10], -1), ([3, 5, 2], 1), ([3, 5, 2], 0), ([2, 1], 1), ([2, 33], 1), ([150, 10], 1),
    ([2, 1500], 1),
  ]

  /// Calls `body` with the positions of each line along the axis.
  func forEachLine(_ shape: Shape, _ axis: Int, _ body: ([Int]) -> Void) {
    let axis = axis < 0 ? axis + shape.rank : axis
    var others = shape.array
    others[axis] = 1
    for start in indices(others) {
      body(
        (0..<shape[axis]).map {
          var index = start
          index[axis] = $0
          return position(index, shape.array)
        })
    }
  }

  @Test(arguments: cases, [DType.float32, .float64])
  func matchesTheDefinitionAndItsDerivative(_ c: (shape: Shape, axis: Int), _ dtype: DType) {
    let (x, dy) = (sample(c.shape, seed: 1, dtype), sample(c.shape, seed: 2, dtype))
    let (xs, dys) = (numbers(x), numbers(dy))
    var (y, logY, dx, logDx) = (xs, xs, xs, xs)
    forEachLine(c.shape, c.axis) { line in
      let sum = line.reduce(0) { $0 + exp(xs[$1]) }
      for place in line { (y[place], logY[place]) = (exp(xs[place]) / sum, xs[place] - log(sum)) }
      let dot = line.reduce(0) { $0 + dys[$1] * y[$1] }
      let total = line.reduce(0) { $0 + dys[$1] }
      for place in line {
        dx[place] = y[place] * (dys[place] - dot)
        logDx[place] = dys[place] - y[place] * total
      }
    }
    let limit = dtype == .float32 ? 2e-6 : 1e-13
    expectClose(x.softmax(axis: c.axis), y, c.shape, within: limit)
    expectClose(x.logSoftmax(axis: c.axis), logY, c.shape, within: limit)
    let axis = c.axis < 0 ? c.axis + c.shape.rank : c.axis
    let plain = Tensor.apply(SoftmaxGradient(axis: axis), x.softmax(axis: c.axis), dy)
    expectClose(plain, dx, c.shape, within: limit * 4)
    let logarithm = Tensor.apply(SoftmaxGradient(axis: axis, isLog: true), x.logSoftmax(axis: c.axis), dy)
    expectClose(logarithm, logDx, c.shape, within: limit * 8)
  }

  @Test func largeNumbersDoNotOverflow() {
    expectClose(Tensor([1000, 1000, -1000] as [Float]).softmax(), [0.5, 0.5, 0], [3], within: 1e-6)
    expectClose(Tensor([1000, 0] as [Float]).logSoftmax(), [0, -1000], [2], within: 1e-6)
  }

  @Test func objections() {
    #expect(
      objection(Softmax(axis: 2), TensorSpec([3, 4]))
        == "softmax: found axis 2 for float32[3, 4], expected one in 0..<2")
    #expect(objection(Softmax(axis: 0), TensorSpec([3], .int64)).contains("expected float32 or float64"))
    #expect(captureError(TensorSpec([3, 4])) { [$0[0].softmax(axis: -3)] }.contains("softmax: found axis -3"))
  }
}
