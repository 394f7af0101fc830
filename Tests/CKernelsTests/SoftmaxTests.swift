import CKernels
import Glibc
import Testing

@Suite struct SoftmaxTests {
  static let shapes = [[128, 10, 1], [3, 1000, 1], [2, 7, 5], [1, 3, 300], [4, 1, 1]]

  func reference(_ x: [Double], _ shape: [Int]) -> [Double] {
    var y = x
    for i in 0..<shape[0] * shape[2] {
      let base = i / shape[2] * shape[1] * shape[2] + i % shape[2]
      let places = (0..<shape[1]).map { base + $0 * shape[2] }
      let top = places.map { x[$0] }.max() ?? 0
      let sum = places.map { exp(x[$0] - top) }.reduce(0, +)
      for place in places { y[place] = exp(x[place] - top) / sum }
    }
    return y
  }

  @Test("values along the middle axis", arguments: shapes, [false, true])
  func values(_ shape: [Int], isLog: Bool) {
    let x = Samples.randomFloats(shape.reduce(1, *), in: -30...30)
    let expected = reference(x.map(Double.init), shape)
    for threads in [1, 2] as [Int32] {
      let y = output(x.count, of: Float(0)) {
        ck_softmax_f32(x, $0, shape[0], shape[1], shape[2], isLog ? 1 : 0, threads)
      }
      let z = output(x.count, of: 0.0) {
        ck_softmax_f64(x.map(Double.init), $0, shape[0], shape[1], shape[2], isLog ? 1 : 0, threads)
      }
      for i in x.indices {
        let value = isLog ? log(expected[i]) : expected[i]
        let floor = isLog ? 1.0 : 1e-3
        #expect(abs(Double(y[i]) - value) <= 9e-7 * max(abs(value), floor))
        #expect(abs(z[i] - value) <= 1e-13 * max(abs(value), 1))
      }
    }
  }

  @Test("the gradient matches central differences", arguments: shapes, [false, true])
  func gradient(_ shape: [Int], isLog: Bool) {
    let count = shape.reduce(1, *), flag: Int32 = isLog ? 1 : 0
    let x = Samples.random(count, in: -2...2), dy = Samples.random(count, seed: 8)
    let value = { (x: [Double]) -> Double in
      let y = output(count, of: 0.0) { ck_softmax_f64(x, $0, shape[0], shape[1], shape[2], flag, 1) }
      return zip(y, dy).map { $0 * $1 }.reduce(0, +)
    }
    let y = output(count, of: 0.0) { ck_softmax_f64(x, $0, shape[0], shape[1], shape[2], flag, 1) }
    let dx = output(count, of: 0.0) { ck_softmax_gradient_f64(y, dy, $0, shape[0], shape[1], shape[2], flag, 2) }
    let dxFloat = output(count, of: Float(0)) {
      ck_softmax_gradient_f32(y.map { Float($0) }, dy.map { Float($0) }, $0, shape[0], shape[1], shape[2], flag, 2)
    }
    for i in stride(from: 0, to: count, by: max(1, count / 20)) {
      var up = x, down = x
      up[i] += 1e-5
      down[i] -= 1e-5
      #expect(abs(dx[i] - (value(up) - value(down)) / 2e-5) <= 1e-7)
    }
    for i in 0..<count { #expect(abs(Double(dxFloat[i]) - dx[i]) <= 1e-5) }
  }

  @Test func extremesStayFinite() {
    let x: [Float] = [1e30, -1e30, 0, 88, 200, -.infinity]
    let y = output(6, of: Float(0)) { ck_softmax_f32(x, $0, 2, 3, 1, 0, 1) }
    #expect(y == [1, 0, 0, 0, 1, 0])
    let z = output(3, of: Float(0)) { ck_softmax_f32([1000, 999, -.infinity], $0, 1, 3, 1, 1, 1) }
    #expect(abs(z[0] + 0.31326166) < 1e-6 && abs(z[1] + 1.3132617) < 1e-6 && z[2] == -.infinity)
  }
}
