import CKernels
import Glibc
import Testing

@Suite struct UpdateTests {
  static let n = 20_011

  struct State {
    var w = Samples.random(n), m = Samples.random(n, seed: 2), v = Samples.random(n, seed: 3, in: 0...1)
    var vhat = Samples.random(n, seed: 4, in: 0...1)
    let g = Samples.random(n, seed: 5)
  }

  func close(_ value: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
    zip(value, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  @Test func gradientDescent() {
    let s = State()
    var w = s.w, single = s.w.map { Float($0) }
    ck_sgd_f64(&w, s.g, Self.n, 0.01, 2)
    ck_sgd_f32(&single, s.g.map { Float($0) }, Self.n, 0.01, 2)
    let expected = zip(s.w, s.g).map { $0 - 0.01 * $1 }
    #expect(close(w, expected, 1e-15) && close(single.map(Double.init), expected, 2e-7))
  }

  @Test("momentum as Keras defines it", arguments: [false, true])
  func momentum(nesterov: Bool) {
    let s = State()
    var w = s.w, m = s.m, expectedW = s.w, expectedM = s.m
    var singleW = s.w.map { Float($0) }, singleM = s.m.map { Float($0) }
    for _ in 0..<3 {
      ck_momentum_f64(&w, s.g, &m, Self.n, 0.01, 0.9, nesterov ? 1 : 0, 2)
      ck_momentum_f32(&singleW, s.g.map { Float($0) }, &singleM, Self.n, 0.01, 0.9, nesterov ? 1 : 0, 2)
      for i in 0..<Self.n {
        expectedM[i] = 0.9 * expectedM[i] - 0.01 * s.g[i]
        expectedW[i] += nesterov ? 0.9 * expectedM[i] - 0.01 * s.g[i] : expectedM[i]
      }
    }
    #expect(close(w, expectedW, 1e-14) && close(m, expectedM, 1e-14))
    #expect(close(singleW.map(Double.init), expectedW, 1e-6) && close(singleM.map(Double.init), expectedM, 1e-6))
  }

  @Test("Adam as Keras defines it", arguments: [false, true])
  func adam(amsgrad: Bool) {
    var s = State(), e = State()
    var w = s.w.map { Float($0) }, m = s.m.map { Float($0) }, v = s.v.map { Float($0) }, vhat = s.vhat.map { Float($0) }
    let g = s.g.map { Float($0) }
    for step in 1...3 {
      let alpha = 0.001 * (1 - pow(0.999, Double(step))).squareRoot() / (1 - pow(0.9, Double(step)))
      if amsgrad {
        ck_adam_f64(&s.w, s.g, &s.m, &s.v, &s.vhat, Self.n, alpha, 0.9, 0.999, 1e-7, 2)
        ck_adam_f32(&w, g, &m, &v, &vhat, Self.n, Float(alpha), 0.9, 0.999, 1e-7, 2)
      } else {
        ck_adam_f64(&s.w, s.g, &s.m, &s.v, nil, Self.n, alpha, 0.9, 0.999, 1e-7, 2)
        ck_adam_f32(&w, g, &m, &v, nil, Self.n, Float(alpha), 0.9, 0.999, 1e-7, 2)
      }
      for i in 0..<Self.n {
        e.m[i] += (e.g[i] - e.m[i]) * (1 - 0.9)
        e.v[i] += (e.g[i] * e.g[i] - e.v[i]) * (1 - 0.999)
        e.vhat[i] = max(e.vhat[i], e.v[i])
        e.w[i] -= e.m[i] * alpha / ((amsgrad ? e.vhat[i] : e.v[i]).squareRoot() + 1e-7)
      }
    }
    #expect(close(s.w, e.w, 1e-14) && close(s.m, e.m, 1e-14) && close(s.v, e.v, 1e-14))
    #expect(close(w.map(Double.init), e.w, 1e-5) && close(v.map(Double.init), e.v, 1e-6))
    #expect(!amsgrad || close(vhat.map(Double.init), e.vhat, 1e-6))
  }

  /// Keras's step around and within the rule, written out.
  private func reference(_ u: ck_update, _ s: inout State, gradient: [Double]) {
    for i in gradient.indices {
      var g = gradient[i] * u.scale
      if u.limit > 0 { g = min(max(g, -u.limit), u.limit) }
      s.w[i] -= s.w[i] * u.decay
      switch u.rule {
      case CK_UPDATE_SGD: s.w[i] -= u.rate * g
      case CK_UPDATE_MOMENTUM, CK_UPDATE_NESTEROV:
        s.m[i] = u.momentum * s.m[i] - u.rate * g
        s.w[i] += u.rule == CK_UPDATE_NESTEROV ? u.momentum * s.m[i] - u.rate * g : s.m[i]
      default:
        s.m[i] += (g - s.m[i]) * (1 - u.beta1)
        s.v[i] += (g * g - s.v[i]) * (1 - u.beta2)
        s.vhat[i] = max(s.vhat[i], s.v[i])
        let root = (u.rule == CK_UPDATE_AMSGRAD ? s.vhat[i] : s.v[i]).squareRoot()
        s.w[i] -= s.m[i] * u.rate / (root + u.epsilon)
      }
    }
  }

  static let updates: [ck_update] = [
    CK_UPDATE_SGD, CK_UPDATE_MOMENTUM, CK_UPDATE_NESTEROV, CK_UPDATE_ADAM, CK_UPDATE_AMSGRAD,
  ].flatMap { rule in
    [(1.0, 0.0, 0.0), (0.3, 0.0, 0.01), (1.0, 0.25, 0.0)].map { scale, limit, decay in
      ck_update(
        rule: rule, rate: 0.01, momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, scale: scale, limit: limit,
        decay: decay)
    }
  }

  @Test("clipping, weight decay and the rule in one pass", arguments: updates.indices)
  func everythingAtOnce(index: Int) {
    var u = Self.updates[index]
    var s = State(), e = State()
    for _ in 0..<3 {
      ck_update_f64(&u, &s.w, s.g, &s.m, &s.v, &s.vhat, Self.n, 2)
      reference(u, &e, gradient: e.g)
    }
    #expect(close(s.w, e.w, 1e-13) && close(s.m, e.m, 1e-14))
  }

  @Test("a table whose gradient is few rows takes the dense step, on any number of threads", arguments: updates.indices)
  func rows(index: Int) {
    var u = Self.updates[index]
    let (rows, width, count) = (1709, 11, 400)
    let n = rows * width
    // Rows near the end stay without a gradient; row 7 has many.
    let indices = Samples.random(count, seed: 8, in: 0...1).enumerated().map { Int64($0 % 5 == 0 ? 7 : Int($1 * 1500)) }
    let updates = Samples.random(count * width, seed: 9)
    var dense = [Double](repeating: 0, count: n)
    for (i, row) in indices.enumerated() {
      for j in 0..<width { dense[Int(row) * width + j] += updates[i * width + j] }
    }
    var e = State()
    reference(u, &e, gradient: dense)
    var s = State()
    ck_update_rows_f64(&u, &s.w, &s.m, &s.v, &s.vhat, rows, width, indices, updates, count, 2)
    #expect(close(s.w, e.w, 1e-13) && close(s.m, e.m, 1e-14) && s.w[n...] == State().w[n...])

    let single = updates.map { Float($0) }
    let table = { (threads: Int32) in
      let state = State()
      var w = state.w.map { Float($0) }, m = state.m.map { Float($0) }, v = state.v.map { Float($0) }
      var vhat = state.vhat.map { Float($0) }
      ck_update_rows_f32(&u, &w, &m, &v, &vhat, rows, width, indices, single, count, threads)
      return (w + m + v + vhat).map(\.bitPattern)
    }
    let sum = dense.indices.map { index in
      indices.indices.reduce(Float(0)) {
        $0 + (Int(indices[$1]) == index / width ? single[$1 * width + index % width] : 0)
      }
    }
    let state = State()
    var w = state.w.map { Float($0) }, m = state.m.map { Float($0) }, v = state.v.map { Float($0) }
    var vhat = state.vhat.map { Float($0) }
    ck_update_f32(&u, &w, sum, &m, &v, &vhat, n, 1)
    let bits = (w + m + v + vhat).map(\.bitPattern)
    #expect(table(1) == bits && table(2) == bits && table(5) == bits)
  }

  @Test func noRowsAtAll() {
    var u = Self.updates[9], w: [Float] = [1, 2], m: [Float] = [0, 0], v: [Float] = [0, 0]
    ck_update_rows_f32(&u, &w, &m, &v, nil, 2, 1, [], [], 0, 2)
    #expect(w == [1, 2])
  }

  @Test("sums of squares do not depend on the threads", arguments: [0, 1, 31, 8192, 100_003])
  func squares(count: Int) {
    let x = Samples.randomFloats(count, in: -3...3)
    let expected = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    let sum = ck_sum_squares_f32(x, count, 1)
    #expect(abs(sum - expected) <= 1e-6 * expected && sum == ck_sum_squares_f32(x, count, 3))
    #expect(abs(ck_sum_squares_f64(x.map(Double.init), count, 2) - expected) <= 1e-12 * expected)
  }
}
