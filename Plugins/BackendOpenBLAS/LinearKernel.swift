internal import TensorCore

/// `Linear`: one product, then bias, residual and activation while the rows are warm.
enum LinearKernel {
  static func make(_ operation: Linear, _ request: KernelRequest) -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    return kernel(operation, request, type)
  }

  private static func kernel<S: BLASScalar>(_ operation: Linear, _ request: KernelRequest, _ type: S.Type) -> Kernel? {
    let kernelShape = request.inputs[1].shape
    let (k, n) = (kernelShape[0], kernelShape[1])
    let gemm = Gemm<S>(m: request.outputs[0].elementCount / n, n: n, k: k)
    guard !gemm.isOneRow else { return nil }
    let packed = gemm.packed(request.constants[1], threads: request.threads)
    let (threads, activation) = (request.threads, operation.activation)
    let (biasIndex, residualIndex) = (operation.biasIndex, operation.residualIndex)
    return Kernel(unreadInputs: packed == nil ? [] : [1]) { arguments in
      let y = arguments.output(0, S.self)
      if let packed {
        packed.multiply(arguments.input(0, S.self), rows: gemm.m, into: y, threads: threads)
      } else {
        gemm.run(arguments.input(0, S.self), arguments.input(1, S.self), y, threads: threads)
      }
      let bias = biasIndex.map { arguments.input($0, S.self) }
      let residual = residualIndex.map { arguments.input($0, S.self) }
      activation.finish(y, bias: bias, residual: residual, rows: gemm.m, columns: n, threads: threads)
    }
  }
}
