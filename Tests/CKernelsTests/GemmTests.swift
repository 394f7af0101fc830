import CKernels
import Testing

/// One matrix product; `slack` is how much longer stored rows are than needed.
struct Product: CustomStringConvertible, Sendable {
  var m: Int
  var n: Int
  var k: Int
  var slack = 0

  var description: String { "\(m)x\(n)x\(k)" + (slack > 0 ? " in rows longer by \(slack)" : "") }

  /// Thin, square, larger than the blocks of the implementation by one, and empty.
  static let corpus: [Product] = [
    Product(m: 1, n: 1, k: 1), Product(m: 1, n: 300, k: 77), Product(m: 2, n: 257, k: 5, slack: 1),
    Product(m: 3, n: 10, k: 515), Product(m: 4, n: 33, k: 6), Product(m: 7, n: 1, k: 40, slack: 3),
    Product(m: 13, n: 17, k: 31), Product(m: 25, n: 63, k: 65, slack: 2), Product(m: 48, n: 64, k: 128),
    Product(m: 97, n: 130, k: 257, slack: 1), Product(m: 129, n: 49, k: 520), Product(m: 5, n: 4100, k: 3),
    Product(m: 6, n: 9, k: 0), Product(m: 1, n: 131, k: 514, slack: 1), Product(m: 1, n: 600, k: 130),
  ]
}

@Suite("Matrix products are the sums that define them")
struct GemmTests {
  /// Element (i, j) of op(matrix).
  private func at(_ i: Int, _ j: Int, transposed: Bool, rowLength: Int) -> Int {
    transposed ? j * rowLength + i : i * rowLength + j
  }

  private func naive(
    _ p: Product, _ a: [Double], _ b: [Double], _ c: [Double], beta: Double, _ ta: Bool, _ tb: Bool
  ) -> [Double] {
    let (lda, ldb, ldc) = lengths(p, ta, tb)
    var result = c
    for i in 0..<p.m {
      for j in 0..<p.n {
        var sum = beta == 0 ? 0 : beta * c[i * ldc + j]
        for q in 0..<p.k {
          sum += a[at(i, q, transposed: ta, rowLength: lda)] * b[at(q, j, transposed: tb, rowLength: ldb)]
        }
        result[i * ldc + j] = sum
      }
    }
    return result
  }

  private func lengths(_ p: Product, _ ta: Bool, _ tb: Bool) -> (Int, Int, Int) {
    ((ta ? p.m : p.k) + p.slack, (tb ? p.k : p.n) + p.slack, p.n + p.slack)
  }

  private func operands(_ p: Product, _ ta: Bool, _ tb: Bool) -> (a: [Float], b: [Float], c: [Float]) {
    let (lda, ldb, ldc) = lengths(p, ta, tb)
    return (
      Samples.randomFloats((ta ? p.k : p.m) * lda + 1, seed: 1),
      Samples.randomFloats((tb ? p.n : p.k) * ldb + 1, seed: 2),
      Samples.randomFloats(p.m * ldc, seed: 3)
    )
  }

  @Test("a packed B gives the same products, in float and double", arguments: Product.corpus, [Float(0), 1, -0.5])
  func packed(_ p: Product, beta: Float) {
    for tb in [false, true] {
      let (a, b, c) = operands(p, false, tb)
      let (lda, ldb, ldc) = lengths(p, false, tb)
      let (wideA, wideB, wideC) = (a.map(Double.init), b.map(Double.init), c.map(Double.init))
      let expected = naive(p, wideA, wideB, wideC, beta: Double(beta), false, tb)
      let runs = [1, 2].map { threads in
        var (result, packed) = (c, [UInt8](repeating: 0xff, count: ck_gemm_packed_bytes_f32(p.n, p.k)))
        ck_gemm_pack_b_f32(tb ? 1 : 0, p.n, p.k, b, ldb, &packed, Int32(threads))
        ck_gemm_packed_f32(p.m, p.n, p.k, a, lda, packed, beta, &result, ldc, Int32(threads))
        return result
      }
      let tolerance = 2e-6 * Double(p.k).squareRoot() + 1e-6
      #expect(zip(runs[0], expected).allSatisfy { abs(Double($0) - $1) <= tolerance }, "transposed: \(tb)")
      #expect(runs[0] == runs[1], "threads, transposed: \(tb)")
      var (double, packed) = (wideC, [UInt8](repeating: 0xff, count: ck_gemm_packed_bytes_f64(p.n, p.k)))
      ck_gemm_pack_b_f64(tb ? 1 : 0, p.n, p.k, wideB, ldb, &packed, 2)
      ck_gemm_packed_f64(p.m, p.n, p.k, wideA, lda, packed, Double(beta), &double, ldc, 2)
      #expect(zip(double, expected).allSatisfy { abs($0 - $1) <= 1e-11 }, "double, transposed: \(tb)")
    }
  }

  @Test(
    "one row times bfloat16 numbers, which are exact in float", arguments: [(1, 1), (31, 7), (300, 77), (513, 130)])
  func rowOfHalves(n: Int, k: Int) {
    func bits(_ count: Int, _ seed: UInt64) -> [UInt16] {
      Samples.randomFloats(count, seed: seed).map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
    }
    let (x, matrix) = (bits(k, 1), bits(k * n, 2))
    let wide = { (bits: [UInt16]) in bits.map { Double(Float(bitPattern: UInt32($0) << 16)) } }
    let expected = naive(
      Product(m: 1, n: n, k: k), wide(x), wide(matrix), Array(repeating: 0, count: n), beta: 0, false, false)
    let y = output(n, of: Float.nan) { ck_row_product_bf16(n, k, x, matrix, $0, 1) }
    #expect(zip(y, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 * Double(k).squareRoot() })
    #expect(y == output(n, of: Float(3)) { ck_row_product_bf16(n, k, x, matrix, $0, 2) })
  }

  @Test("every transposition and beta, in float and double", arguments: Product.corpus, [Float(0), 1, -0.5])
  func transpositions(_ p: Product, beta: Float) {
    for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
      let (a, b, c) = operands(p, ta, tb)
      let (lda, ldb, ldc) = lengths(p, ta, tb)
      let (wideA, wideB, wideC) = (a.map(Double.init), b.map(Double.init), c.map(Double.init))
      let expected = naive(p, wideA, wideB, wideC, beta: Double(beta), ta, tb)
      let runs = [1, 2].map { threads in
        var result = c
        ck_gemm_f32(ta ? 1 : 0, tb ? 1 : 0, p.m, p.n, p.k, a, lda, b, ldb, beta, &result, ldc, Int32(threads))
        return result
      }
      let tolerance = 2e-6 * Double(p.k).squareRoot() + 1e-6
      #expect(zip(runs[0], expected).allSatisfy { abs(Double($0) - $1) <= tolerance }, "transposed: \(ta), \(tb)")
      #expect(runs[0] == runs[1], "threads, transposed: \(ta), \(tb)")
      var double = wideC
      ck_gemm_f64(ta ? 1 : 0, tb ? 1 : 0, p.m, p.n, p.k, wideA, lda, wideB, ldb, Double(beta), &double, ldc, 2)
      #expect(zip(double, expected).allSatisfy { abs($0 - $1) <= 1e-11 }, "double, transposed: \(ta), \(tb)")
    }
  }

  @Test("beta 0 ignores what C held, even NaN", arguments: Product.corpus)
  func betaZero(_ p: Product) {
    let (a, b, _) = operands(p, false, false)
    let (lda, ldb, ldc) = lengths(p, false, false)
    var result = [Float](repeating: .nan, count: p.m * ldc)
    ck_gemm_f32(0, 0, p.m, p.n, p.k, a, lda, b, ldb, 0, &result, ldc, 2)
    for i in 0..<p.m {
      #expect(result[i * ldc..<i * ldc + p.n].allSatisfy { $0.isFinite })
      #expect(result[i * ldc + p.n..<(i + 1) * ldc].allSatisfy { $0.isNaN }, "beyond the row")
    }
  }

  @Test("NaN and infinity reach their row or column, zeros included", arguments: [1, 3, 5, 20])
  func nonFinite(rows: Int) {
    let (n, k) = (37, 50)
    for value in [Float.nan, .infinity] {
      var a = [Float](repeating: 0, count: rows * k)
      let b = [Float](repeating: 0, count: k * n)
      a[(rows - 1) * k + 7] = value
      let c = output(rows * n, of: Float.zero) { ck_gemm_f32(0, 0, rows, n, k, a, k, b, n, 0, $0, n, 2) }
      #expect(c[(rows - 1) * n..<rows * n].allSatisfy { $0.isNaN }, "infinity times zero is NaN")
      #expect(c[0..<(rows - 1) * n].allSatisfy { $0 == 0 })
    }
  }

  @Test("integers wrap around", arguments: [false, true], [false, true])
  func integers(ta: Bool, tb: Bool) {
    let p = Product(m: 9, n: 11, k: 13)
    let (lda, ldb, ldc) = lengths(p, ta, tb)
    let a = (0..<(ta ? p.k : p.m) * lda).map { Int32(truncatingIfNeeded: $0 &* 2_654_435_761) }
    let b = (0..<(tb ? p.n : p.k) * ldb).map { Int32(truncatingIfNeeded: $0 &* 40_503 &+ 7) }
    let c = (0..<p.m * ldc).map { Int32($0) }
    var result = c
    ck_gemm_i32(ta ? 1 : 0, tb ? 1 : 0, p.m, p.n, p.k, a, lda, b, ldb, 3, &result, ldc, 2)
    var wide = c.map(Int64.init)
    ck_gemm_i64(
      ta ? 1 : 0, tb ? 1 : 0, p.m, p.n, p.k, a.map(Int64.init), lda, b.map(Int64.init), ldb, 3, &wide, ldc, 2)
    for i in 0..<p.m {
      for j in 0..<p.n {
        var expected = 3 &* Int64(c[i * ldc + j])
        for q in 0..<p.k {
          let left = Int64(a[at(i, q, transposed: ta, rowLength: lda)])
          expected = expected &+ left &* Int64(b[at(q, j, transposed: tb, rowLength: ldb)])
        }
        #expect(wide[i * ldc + j] == expected)
        #expect(result[i * ldc + j] == Int32(truncatingIfNeeded: expected))
      }
    }
  }
}
