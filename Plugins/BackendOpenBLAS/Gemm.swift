internal import COpenBLAS
internal import TensorCore

/// A matrix product on raw row-major matrices: `C = op(A) op(B) + beta C`, C of `m` rows and `n` columns.
///
/// OpenBLAS is called with one thread, on blocks that Apus's threads take.
struct Gemm<S: BLASScalar> {
  var transposeA = false
  var transposeB = false
  let m: Int
  let n: Int
  let k: Int

  /// One row times a matrix that lies row by row: our own kernel reads it at what memory gives, the library at half of it.
  var isOneRow: Bool { m == 1 && !transposeB }

  private var strideA: Int { transposeA ? m : k }
  private var strideB: Int { transposeB ? k : n }

  /// On one thread.
  func run(_ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ c: UnsafeMutablePointer<S>, beta: S = 0) {
    block(a, b, c, rows: 0..<m, columns: 0..<n, beta: beta)
  }

  /// On up to `threads` threads: C is cut along its longer side, so that the smaller operand is the one packed again.
  ///
  /// The cuts depend on the sizes alone: OpenBLAS sums the elements at the edge of a block in another order, so the same
  /// blocks give the same bits on any number of threads.
  func run(_ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ c: UnsafeMutablePointer<S>, threads: Int) {
    let cutsColumns = n >= m
    // Multiples of the register tiles of OpenBLAS's kernels, so that few cuts make a ragged edge.
    let unit = cutsColumns ? 16 : 48
    let length = cutsColumns ? n : m
    let size = ((length + pieceCount - 1) / pieceCount + unit - 1) / unit * unit
    Execution.parallel(count: (length + size - 1) / size, threads: threads) { pieces in
      for piece in pieces {
        let range = piece * size..<Swift.min((piece + 1) * size, length)
        block(a, b, c, rows: cutsColumns ? 0..<m : range, columns: cutsColumns ? range : 0..<n, beta: 0)
      }
    }
  }

  /// Enough pieces for many cores, few enough that packing again costs little; an even number, for pairs of cores.
  private var pieceCount: Int {
    let work = m * n * k
    guard work >= 1 << 21 else { return 1 }
    return Swift.max(2, Swift.min(((work >> 24) + 1) / 2 * 2, 32))
  }

  /// B packed for our own product, where that is the faster one: the library packs B for every product, which fewer than
  /// about a thousand rows do not pay back (7 x 7 pixels of 512 channels to 2048: 89 to 175 GFLOP/s).
  ///
  /// - Parameters:
  ///   - constant: B where it never changes; nil gives nil.
  ///   - threads: how many pack.
  func packed(_ constant: Tensor?, threads: Int) -> PackedMatrix<S>? {
    guard let constant, !transposeA, 2...1024 ~= m, constant.elementCount == n * k else { return nil }
    return PackedMatrix(constant, isTransposed: transposeB, threads: threads)
  }

  private func block(
    _ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ c: UnsafeMutablePointer<S>, rows: Range<Int>,
    columns: Range<Int>, beta: S
  ) {
    S.gemm(
      transposeA, transposeB, rows.count, columns.count, k,
      a + (transposeA ? rows.lowerBound : rows.lowerBound * strideA), strideA,
      b + (transposeB ? columns.lowerBound * strideB : columns.lowerBound), strideB, beta,
      c + rows.lowerBound * n + columns.lowerBound, n)
  }
}

/// `Float` and `Double`, the two types that BLAS computes in.
protocol BLASScalar: KernelScalar {
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ strideA: Int,
    _ b: UnsafePointer<Self>, _ strideB: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ strideC: Int)
}

extension Float: BLASScalar {
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ strideA: Int,
    _ b: UnsafePointer<Float>, _ strideB: Int, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ strideC: Int
  ) {
    copenblas_sgemm(transposeA ? 1 : 0, transposeB ? 1 : 0, m, n, k, a, strideA, b, strideB, beta, c, strideC)
  }
}

extension Double: BLASScalar {
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, _ strideA: Int,
    _ b: UnsafePointer<Double>, _ strideB: Int, _ beta: Double, _ c: UnsafeMutablePointer<Double>, _ strideC: Int
  ) {
    copenblas_dgemm(transposeA ? 1 : 0, transposeB ? 1 : 0, m, n, k, a, strideA, b, strideB, beta, c, strideC)
  }
}
