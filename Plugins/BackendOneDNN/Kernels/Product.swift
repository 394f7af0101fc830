internal import COneDNN
internal import TensorCore

/// A product of matrices, `[m, k]` and `[k, n]`, or of as many pairs of them as `batch` says.
struct Product {
  let type: cdnn_type
  var batch: Int?
  let m: Int
  let n: Int
  let k: Int
  var transposeA = false
  var transposeB = false

  /// Products of one short row are over before the library has looked at its arguments: 1 × 84 · 84 × 10 takes 0.2 µs
  /// in our kernels, 0.7 in the library's.
  ///
  /// Of one row, ours read the matrix once, where it lies, at what memory gives: 25088 × 4096 in 14 ms instead of 20, in
  /// bfloat16 in 7 instead of 12.
  var isWorthwhile: Bool { type != CDNN_FLOAT32 || (multiplications > 1 << 16 && !isOneRow) }

  /// One row times a matrix that lies row by row.
  var isOneRow: Bool { m == 1 && batch == nil && !transposeB }

  var multiplications: Int { (batch ?? 1) * m * n * k }

  /// Packed once, weights are up to 2.3 times faster for one row (1 × 25088 · 25088 × 4096) and 5-20 % for more; but the
  /// library's packed form is 30 times slower with fewer columns than a register has (128 × 512 · 512 × 10).
  func prefersPackedWeights(isConstant: Bool) -> Bool { isConstant && n >= 16 }

  private func matrix(_ type: cdnn_type, _ rows: Int, _ columns: Int, isTransposed: Bool) -> cdnn_tensor {
    let strides = isTransposed ? [1, rows] : [columns, 1]
    guard let batch else { return cdnn_tensor(type, [rows, columns], strides: strides) }
    return cdnn_tensor(type, [batch, rows, columns], strides: [rows * columns] + strides)
  }

  var left: cdnn_tensor { matrix(type, m, k, isTransposed: transposeA) }
  var right: cdnn_tensor { matrix(type, k, n, isTransposed: transposeB) }

  /// The right matrix in the layout that the library likes best.
  var anyRight: cdnn_tensor { cdnn_tensor(anyLayout: type, [k, n]) }

  /// - Parameters:
  ///   - weights: the right matrix's layout.
  ///   - bias: its element type; nil without one.
  ///   - destination: the result's element type; nil for that of the operands.
  ///   - epilogue: what else happens to the result.
  ///   - threads: how many threads run it.
  func primitive(
    weights: cdnn_tensor, bias: cdnn_type? = nil, destination: cdnn_type? = nil, epilogue: cdnn_epilogue? = nil,
    threads: Int
  ) -> Primitive? {
    let biasTensor = bias.map { cdnn_tensor(dense: $0, [1, n]) }
    return withUnsafePointer(to: left) { left in
      withUnsafePointer(to: weights) { right in
        withUnsafePointer(to: matrix(destination ?? type, m, n, isTransposed: false)) { result in
          withOptionalPointer(to: biasTensor) { bias in
            withOptionalPointer(to: epilogue) { Primitive(cdnn_matmul(left, right, bias, result, $0, Int32(threads))) }
          }
        }
      }
    }
  }
}
