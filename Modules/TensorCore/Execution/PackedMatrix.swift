/// A matrix `[k, n]` that never changes, packed once for products in which it stands on the right: a building block for
/// backends. A library that packs it again for every product takes up to twice as long where the left matrix has few rows.
public struct PackedMatrix<S: KernelScalar>: Sendable {
  public let rowCount: Int
  public let columnCount: Int
  private let packed: Tensor

  /// - Parameters:
  ///   - matrix: `[k, n]` as far as its last axis and the number of its elements go, or `[n, k]` with `isTransposed`.
  ///   - isTransposed: whether the product takes the matrix's transpose.
  ///   - threads: how many pack.
  public init(_ matrix: Tensor, isTransposed: Bool = false, threads: Int) {
    CoreError.require(
      matrix.dtype == S.dtype && matrix.rank >= 1, .dtypeMismatch,
      "packed matrix: found \(matrix.spec), expected a matrix of \(S.dtype)")
    let last = matrix.shape[-1]
    let others = last == 0 ? 0 : matrix.elementCount / last
    (rowCount, columnCount) = isTransposed ? (last, others) : (others, last)
    let byteCount = S.packedByteCount(rows: rowCount, columns: columnCount)
    packed = Tensor(uninitialized: TensorSpec([byteCount], .uint8))
    let elements = UnsafePointer(matrix.pointer.assumingMemoryBound(to: S.self))
    withExtendedLifetime(matrix) {
      S.pack(
        elements, isTransposed: isTransposed, rows: rowCount, columns: columnCount, into: packed.pointer,
        threads: threads)
    }
  }

  /// result = left * matrix, `[rows, k]` times `[k, n]`. The result does not depend on `threads`.
  public func multiply(
    _ left: UnsafePointer<S>, rows: Int, into result: UnsafeMutablePointer<S>, threads: Int
  ) {
    withExtendedLifetime(packed) {
      S.multiply(
        left, rows: rows, packed: UnsafeRawPointer(packed.pointer), depth: rowCount, columns: columnCount, into: result,
        threads: threads)
    }
  }
}
