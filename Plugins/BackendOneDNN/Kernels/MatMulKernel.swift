internal import COneDNN
internal import TensorCore

/// `MatMul` for two matrices, or any number of left matrices with one on the right.
enum MatMulKernel {
  static func make(_ operation: MatMul, _ request: KernelRequest) -> Kernel? {
    guard request.isAll(.float32), !request.isEmpty else { return nil }
    let (a, b, y) = (request.inputs[0].shape, request.inputs[1].shape, request.outputs[0].shape)
    let (n, k) = (y[-1], a[operation.transposeA ? -2 : -1])
    guard b.elementCount == n * k, a.rank == 2 || !operation.transposeA else { return nil }
    let m = y.elementCount / n
    let left = cdnn_tensor(CDNN_FLOAT32, [m, k], strides: operation.transposeA ? [1, m] : [k, 1])
    let right = cdnn_tensor(CDNN_FLOAT32, [k, n], strides: operation.transposeB ? [1, k] : [n, 1])
    let result = cdnn_tensor(dense: CDNN_FLOAT32, [m, n])
    let primitive = PrimitiveCache.primitive(for: operation, request) {
      withUnsafePointer(to: left) { left in
        withUnsafePointer(to: right) { right in
          withUnsafePointer(to: result) { Primitive(cdnn_matmul(left, right, nil, $0, nil, request.threads32)) }
        }
      }
    }
    guard let primitive, let call = Call(primitive) else { return nil }
    return Kernel(scratchByteCount: primitive.scratchByteCount) { arguments in
      var raw = cdnn_arguments()
      raw.source = arguments.inputs[0]
      raw.weights = arguments.inputs[1]
      raw.destination = arguments.outputs[0]
      raw.scratch = arguments.scratch
      call.run(raw)
    }
  }
}
