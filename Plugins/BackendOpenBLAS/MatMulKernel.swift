internal import TensorCore

/// `MatMul` for two matrices, or any number of left matrices with one on the right. Batches of products are left to the
/// portable rule, whose small products run side by side.
enum MatMulKernel {
  static func make(_ operation: MatMul, _ request: KernelRequest) -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    return kernel(operation, request, type)
  }

  private static func kernel<S: BLASScalar>(_ operation: MatMul, _ request: KernelRequest, _ type: S.Type) -> Kernel? {
    let (a, b, y) = (request.inputs[0].shape, request.inputs[1].shape, request.outputs[0].shape)
    let (n, k) = (y[-1], a[operation.transposeA ? -2 : -1])
    guard b.elementCount == n * k, a.rank == 2 || !operation.transposeA else { return nil }
    let gemm = Gemm<S>(
      transposeA: operation.transposeA, transposeB: operation.transposeB, m: y.elementCount / n, n: n, k: k)
    guard !gemm.isOneRow else { return nil }
    let threads = request.threads
    return Kernel { arguments in
      gemm.run(
        arguments.input(0, S.self), arguments.input(1, S.self), arguments.output(0, S.self), threads: threads)
    }
  }
}
