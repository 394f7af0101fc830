public import TensorCore

extension MatMul: DifferentiableOperation {
  /// With A and B as they are multiplied: dA = g·Bᵀ, dB = Aᵀ·g, summed over the leading axes that were broadcast.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (a, b, g) = (p.inputs[0], p.inputs[1], p.gradient())
    let da = p.whenNeeded(0) {
      let product =
        transposeA
        ? b.matmul(g, transposeSelf: transposeB, transposeOther: true) : g.matmul(b, transposeOther: !transposeB)
      return product.sumToShape(a.shape)
    }
    let db = p.whenNeeded(1) {
      if b.rank == 2, a.rank > 2, !transposeA, !transposeB {
        // One matrix for the whole batch: one long product instead of a batch of them and a sum.
        let rows = a.reshaped([-1, a.shape.last])
        return rows.matmul(g.reshaped([-1, g.shape.last]), transposeSelf: true)
      }
      let product =
        transposeB
        ? g.matmul(a, transposeSelf: true, transposeOther: transposeA) : a.matmul(g, transposeSelf: !transposeA)
      return product.sumToShape(b.shape)
    }
    return [da, db]
  }
}
