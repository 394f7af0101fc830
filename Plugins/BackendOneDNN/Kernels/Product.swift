internal import COneDNN
internal import TensorCore

/// A float32 product of matrices, `[m, k]` and `[k, n]`, or of as many pairs of them as `batch` says.
struct Product {
  var batch: Int?
  let m: Int
  let n: Int
  let k: Int
  var transposeA = false
  var transposeB = false

  /// Products of one short row are over before the library has looked at its arguments: 1 × 84 · 84 × 10 takes 0.2 µs
  /// in our kernels, 0.7 in the library's.
  var isWorthwhile: Bool { (batch ?? 1) * m * n * k > 1 << 16 }

  /// Packed once, weights are up to 2.3 times faster for one row (1 × 25088 · 25088 × 4096) and 5-20 % for more; but the
  /// library's packed form is 30 times slower with fewer columns than a register has (128 × 512 · 512 × 10).
  var prefersPackedWeights: Bool { n >= 16 }

  private func matrix(_ rows: Int, _ columns: Int, isTransposed: Bool) -> cdnn_tensor {
    let strides = isTransposed ? [1, rows] : [columns, 1]
    guard let batch else { return cdnn_tensor(CDNN_FLOAT32, [rows, columns], strides: strides) }
    return cdnn_tensor(CDNN_FLOAT32, [batch, rows, columns], strides: [rows * columns] + strides)
  }

  var left: cdnn_tensor { matrix(m, k, isTransposed: transposeA) }
  var right: cdnn_tensor { matrix(k, n, isTransposed: transposeB) }
  var result: cdnn_tensor { matrix(m, n, isTransposed: false) }

  /// The right matrix in the layout that the library likes best.
  var anyRight: cdnn_tensor { cdnn_tensor(anyLayout: CDNN_FLOAT32, [k, n]) }

  func primitive(weights: cdnn_tensor, bias: Bool, epilogue: cdnn_epilogue?, threads: Int32) -> Primitive? {
    let biasTensor = bias ? cdnn_tensor(dense: CDNN_FLOAT32, [1, n]) : nil
    return withUnsafePointer(to: left) { left in
      withUnsafePointer(to: weights) { right in
        withUnsafePointer(to: result) { result in
          withOptionalPointer(to: biasTensor) { bias in
            withOptionalPointer(to: epilogue) { Primitive(cdnn_matmul(left, right, bias, result, $0, threads)) }
          }
        }
      }
    }
  }
}
