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
}
