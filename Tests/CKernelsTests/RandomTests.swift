import CKernels
import Glibc
import Testing

@Suite struct RandomTests {
  /// The known answers that the authors of Random123 publish for philox4x32-10.
  @Test func knownAnswers() {
    let run = { (counter: [UInt32], key: [UInt32]) in output(4, of: UInt32(0)) { ck_philox(counter, key, $0) } }
    #expect(run([0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    let ones = UInt32.max
    #expect(run([ones, ones, ones, ones], [ones, ones]) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      run([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0])
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  typealias Moments = (mean: Double, variance: Double, skew: Double, kurtosis: Double)

  func moments(_ x: [Double]) -> Moments {
    let n = Double(x.count), mean = x.reduce(0, +) / n
    let power = { (k: Double) in x.reduce(0) { $0 + pow($1 - mean, k) } / n }
    let variance = power(2)
    return (mean, variance, power(3) / pow(variance, 1.5), power(4) / (variance * variance))
  }

  static let n = 400_000

  @Test func uniform() {
    let x = output(Self.n, of: Float(0)) { ck_random_uniform_f32(1, 2, 3, -2, 4, $0, Self.n, 2) }
    let y = output(Self.n, of: 0.0) { ck_random_uniform_f64(1, 2, 3, -2, 4, $0, Self.n, 2) }
    for values in [x.map(Double.init), y] {
      let m = moments(values)
      #expect(abs(m.mean - 1) < 0.01 && abs(m.variance - 3) < 0.02 && abs(m.kurtosis - 1.8) < 0.02)
      #expect(values.allSatisfy { $0 >= -2 && $0 < 4 })
    }
    let narrow = output(100_000, of: Float(0)) {
      ck_random_uniform_f32(9, 9, 9, 1, Float(1).nextUp, $0, 100_000, 1)
    }
    #expect(narrow.allSatisfy { $0 == 1 })
  }

  @Test func normal() {
    let x = output(Self.n, of: Float(0)) { ck_random_normal_f32(1, 2, 3, 0.5, 2, $0, Self.n, 2) }
    let y = output(Self.n, of: 0.0) { ck_random_normal_f64(1, 2, 3, 0.5, 2, $0, Self.n, 2) }
    for values in [x.map(Double.init), y] {
      let m = moments(values)
      #expect(abs(m.mean - 0.5) < 0.015 && abs(m.variance - 4) < 0.04)
      #expect(abs(m.skew) < 0.02 && abs(m.kurtosis - 3) < 0.05)
      // The distribution function at a few places, within four standard errors.
      for z in [-2.5, -1, -0.3, 0, 0.7, 1.9, 3] {
        let share = Double(values.count { ($0 - 0.5) / 2 < z }) / Double(Self.n), p = 0.5 * erfc(-z / 2.0.squareRoot())
        #expect(abs(share - p) < 4 * (p * (1 - p) / Double(Self.n)).squareRoot(), "P(z < \(z))")
      }
    }
    // Neighbours come from one radius and angle and still must not be correlated.
    var product = 0.0
    for i in stride(from: 0, to: Self.n, by: 2) { product += (y[i] - 0.5) * (y[i + 1] - 0.5) }
    #expect(abs(product / Double(Self.n / 2) / 4) < 0.01)
  }

  @Test func truncatedNormal() {
    let x = output(Self.n, of: Float(0)) { ck_random_truncated_normal_f32(1, 2, 3, 1, 0.5, $0, Self.n, 2) }
    let y = output(Self.n, of: 0.0) { ck_random_truncated_normal_f64(1, 2, 3, 1, 0.5, $0, Self.n, 2) }
    for values in [x.map(Double.init), y] {
      let m = moments(values)
      #expect(values.allSatisfy { abs($0 - 1) <= 1 })
      #expect(abs(m.mean - 1) < 0.005 && abs(m.variance / 0.25 - 0.7737413) < 0.01)
      let mass = erf(2 / 2.0.squareRoot())
      for z in [-1.8, -1, -0.2, 0.5, 1.5] {
        let share = Double(values.count { ($0 - 1) / 0.5 < z }) / Double(Self.n)
        let p = 0.5 + 0.5 * erf(z / 2.0.squareRoot()) / mass
        #expect(abs(share - p) < 4 * (p * (1 - p) / Double(Self.n)).squareRoot(), "P(z < \(z))")
      }
    }
  }

  @Test func integers() {
    let x = output(Self.n, of: Int32(0)) { ck_random_integers_i32(1, 2, 3, -3, 7, $0, Self.n, 2) }
    for value in Int32(-3)..<7 {
      let share = Double(x.count { $0 == value }) / Double(Self.n)
      #expect(abs(share - 0.1) < 0.003)
    }
    #expect(x.allSatisfy { (-3..<7).contains($0) })
    let whole = output(1000, of: Int32(0)) { ck_random_integers_i32(1, 2, 3, .min, .max, $0, 1000, 1) }
    #expect(whole.contains { $0 < -1_000_000_000 } && whole.contains { $0 > 1_000_000_000 })
    let large = output(1000, of: Int64(0)) { ck_random_integers_i64(1, 2, 3, .min, .max, $0, 1000, 1) }
    #expect(large.contains { $0 < -(1 << 61) } && large.contains { $0 > 1 << 61 })
    #expect(
      output(10, of: Int64(0)) { ck_random_integers_i64(1, 2, 3, 5, 6, $0, 10, 1) } == [Int64](repeating: 5, count: 10))
  }

  @Test(
    "a prefix of a longer draw, on any number of threads, is the same draw", arguments: [1, 2, 5, 255, 256, 257, 9001])
  func prefixes(count: Int) {
    let long = 50_000
    #expect(
      output(count, of: UInt32(0)) { ck_random_bits(4, 5, 6, $0, count, 1) }
        == Array(output(long, of: UInt32(0)) { ck_random_bits(4, 5, 6, $0, long, 2) }[..<count]))
    #expect(
      output(count, of: Float(0)) { ck_random_normal_f32(4, 5, 6, 0, 1, $0, count, 1) }
        == Array(output(long, of: Float(0)) { ck_random_normal_f32(4, 5, 6, 0, 1, $0, long, 2) }[..<count]))
    #expect(
      output(count, of: 0.0) { ck_random_truncated_normal_f64(4, 5, 6, 0, 1, $0, count, 1) }
        == Array(output(long, of: 0.0) { ck_random_truncated_normal_f64(4, 5, 6, 0, 1, $0, long, 2) }[..<count]))
  }

  @Test func keysAndStreamsDiffer() {
    let draw = { (a: UInt64, b: UInt64, c: UInt64) in output(8, of: UInt32(0)) { ck_random_bits(a, b, c, $0, 8, 1) } }
    let draws = [draw(0, 0, 0), draw(1, 0, 0), draw(0, 1, 0), draw(0, 0, 1), draw(0, 0, 1 << 40), draw(1 << 40, 0, 0)]
    #expect(Set(draws).count == draws.count)
    #expect(draw(7, 8, 9) == draw(7, 8, 9))
  }

  @Test func permutations() {
    for n in [0, 1, 2, 10, 1000, 60_000] {
      let p = output(n, of: Int64(-1)) { ck_random_permutation(1, 2, 3, $0, n) }
      #expect(p.sorted() == (0..<Int64(n)).map { $0 })
    }
    // Each of the six orders of three things is equally likely.
    var counts: [[Int64]: Int] = [:]
    for stream in 0..<6000 {
      counts[output(3, of: Int64(0)) { ck_random_permutation(1, 2, UInt64(stream), $0, 3) }, default: 0] += 1
    }
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 150 })
  }
}
