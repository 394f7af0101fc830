internal import COneDNN
internal import TensorCore

/// `MatMul`: two matrices, any number of left matrices with one on the right, or equally many of both.
enum MatMulKernel {
  static func make(_ operation: MatMul, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    guard let type = request.productType(), let product = product(operation, type, request),
      choice == .everything || product.isWorthwhile
    else { return nil }
    let threads = request.threads(multiplications: product.multiplications)
    let constant = product.batch == nil ? request.constants[1] : nil
    let weights = product.prefersPackedWeights(isConstant: constant != nil) ? product.anyRight : product.right
    let primitive = PrimitiveCache.primitive(for: operation, request, kind: "\(weights.is_any)") {
      product.primitive(weights: weights, threads: threads)
    }
    guard let primitive,
      let call = WeightedCall(primitive, plain: product.right, constant: constant, threads: threads)
    else { return nil }
    return Kernel(scratchByteCount: call.scratchByteCount, unreadInputs: call.unreadInputs) { arguments in
      var raw = cdnn_arguments()
      raw.source = arguments.inputs[0]
      raw.destination = arguments.outputs[0]
      call.run(raw, weights: arguments.inputs[1], scratch: arguments.scratch)
    }
  }

  /// nil for batches that broadcast.
  private static func product(_ operation: MatMul, _ type: cdnn_type, _ request: KernelRequest) -> Product? {
    let (a, b, y) = (request.inputs[0].shape, request.inputs[1].shape, request.outputs[0].shape)
    let (n, k) = (y[-1], a[operation.transposeA ? -2 : -1])
    if b.elementCount == n * k, a.rank == 2 || !operation.transposeA {
      return Product(
        type: type, m: y.elementCount / n, n: n, k: k, transposeA: operation.transposeA,
        transposeB: operation.transposeB)
    }
    guard a.rank == b.rank, a[0..<a.rank - 2].array == b[0..<b.rank - 2].array else { return nil }
    return Product(
      type: type, batch: y.elementCount / (y[-2] * n), m: y[-2], n: n, k: k, transposeA: operation.transposeA,
      transposeB: operation.transposeB)
  }
}
