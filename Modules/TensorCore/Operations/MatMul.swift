internal import CKernels

/// Matrix products of the last two axes: `[..., m, k]` and `[..., k, n]` to `[..., m, n]`.
///
/// Leading axes broadcast as in NumPy's `matmul`. With `transposeA` the left matrices are stored as `[k, m]`, with
/// `transposeB` the right ones as `[n, k]`. float32, float64, bfloat16 (with sums in float32),
/// int32 and int64 (which wrap around).
public struct MatMul: Operation {
  public static let name = "matmul"

  public var transposeA: Bool
  public var transposeB: Bool

  public init(transposeA: Bool = false, transposeB: Bool = false) {
    self.transposeA = transposeA
    self.transposeB = transposeB
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectSameDType(inputs)
    let (a, b) = (inputs[0], inputs[1])
    guard (a.dtype.isArithmetic && a.dtype != .uint8) || a.dtype == .bfloat16 else {
      throw CoreError(
        .dtypeMismatch,
        "matmul: found inputs \(a) and \(b), expected float32, float64, bfloat16, int32 or int64; cast them first"
      )
    }
    guard a.rank >= 2, b.rank >= 2 else {
      throw CoreError(.shapeMismatch, "matmul: found inputs \(a) and \(b), expected at least 2 axes each")
    }
    let inner = (a.shape[transposeA ? -2 : -1], b.shape[transposeB ? -1 : -2])
    guard inner.0 == inner.1 else {
      throw CoreError(
        .shapeMismatch,
        "matmul: found inputs \(a)\(transposeA ? " (transposed)" : "") and \(b)\(transposeB ? " (transposed)" : ""), "
          + "expected equal inner dimensions, not \(inner.0) and \(inner.1)")
    }
    guard var shape = Shape.broadcast(a.shape[0..<a.rank - 2], b.shape[0..<b.rank - 2]) else {
      throw CoreError(
        .shapeMismatch, "matmul: found inputs \(a) and \(b), expected leading axes that broadcast to each other")
    }
    shape.append(a.shape[transposeA ? -1 : -2])
    shape.append(b.shape[transposeB ? -2 : -1])
    return [TensorSpec(shape, a.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .bfloat16 { return evaluateWidened(inputs, into: &outputs) }
    let (a, b, y) = (inputs[0], inputs[1], outputs[0])
    let (n, k) = (y.shape[-1], a.shape[transposeA ? -2 : -1])
    guard y.elementCount > 0, k > 0 else { return y.clear() }
    let isOneRight = b.elementCount == n * k
    if isOneRight && !transposeA {
      // One matrix on the right: all rows on the left, of whatever batch, are one product.
      let product = Product(m: y.elementCount / n, n: n, k: k, transposeA: false, transposeB: transposeB)
      return product.run(a, 0, b, 0, y, 0, Execution.threads32)
    }
    batched(a, b, y, Product(m: y.shape[-2], n: n, k: k, transposeA: transposeA, transposeB: transposeB))
  }

  /// One product per matrix of the output. Small ones run side by side, large ones are each given all threads.
  private func batched(_ a: Tensor, _ b: Tensor, _ y: Tensor, _ product: Product) {
    let lefts = MatMul.matrixNumbers(of: a.shape, in: y.shape)
    let rights = MatMul.matrixNumbers(of: b.shape, in: y.shape)
    let (m, n, k) = (product.m, product.n, product.k)
    let threads = Execution.threads32
    let areSmall = m * n * k < 1 << 21 && lefts.count > 1
    func one(_ index: Int, _ threads: Int32) {
      product.run(a, lefts[index] * m * k, b, rights[index] * k * n, y, index * m * n, threads)
    }
    if areSmall {
      Execution.parallel(count: lefts.count, grain: max(1, (1 << 15) / (m * n * k))) { range in
        for index in range { one(index, 1) }
      }
    } else {
      for index in lefts.indices { one(index, threads) }
    }
  }

  /// For every matrix of the output, in order, which matrix of an operand it is made from.
  private static func matrixNumbers(of operand: Shape, in output: Shape) -> [Int] {
    var numbers = [0]
    for axis in 0..<output.rank - 2 {
      let own = axis - (output.rank - operand.rank)
      let dimension = own >= 0 ? operand[own] : 1
      numbers = numbers.flatMap { number in
        (0..<output[axis]).map { dimension == 1 ? number : number * dimension + $0 }
      }
    }
    return numbers
  }
}

/// The sizes of one matrix product, and the kernel for each element type.
private struct Product {
  let m: Int
  let n: Int
  let k: Int
  let transposeA: Bool
  let transposeB: Bool

  /// Offsets are in elements.
  func run(_ a: Tensor, _ i: Int, _ b: Tensor, _ j: Int, _ y: Tensor, _ l: Int, _ threads: Int32) {
    let (tA, tB): (Int32, Int32) = (transposeA ? 1 : 0, transposeB ? 1 : 0)
    let (lda, ldb) = (transposeA ? m : k, transposeB ? k : n)
    switch a.dtype {
    case .float64: ck_gemm_f64(tA, tB, m, n, k, a.f64 + i, lda, b.f64 + j, ldb, 0, y.f64 + l, n, threads)
    case .int32: ck_gemm_i32(tA, tB, m, n, k, a.i32 + i, lda, b.i32 + j, ldb, 0, y.i32 + l, n, threads)
    case .int64: ck_gemm_i64(tA, tB, m, n, k, a.i64 + i, lda, b.i64 + j, ldb, 0, y.i64 + l, n, threads)
    default: ck_gemm_f32(tA, tB, m, n, k, a.f32 + i, lda, b.f32 + j, ldb, 0, y.f32 + l, n, threads)
    }
  }
}

extension Tensor {
  /// The matrix product `[..., m, k] · [..., k, n]`; leading axes broadcast. `transposeSelf` and `transposeOther` swap
  /// the last two axes of an operand first, without copying it.
  public func matmul(_ other: Tensor, transposeSelf: Bool = false, transposeOther: Bool = false) -> Tensor {
    Tensor.apply(MatMul(transposeA: transposeSelf, transposeB: transposeOther), self, other)
  }
}
