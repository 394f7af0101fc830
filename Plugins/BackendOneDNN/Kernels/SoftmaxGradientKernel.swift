internal import COneDNN
internal import TensorCore

/// `SoftmaxGradient` along the last axis, but not of the logarithm: the library's exponential of NaN is infinite.
enum SoftmaxGradientKernel {
  static func make(_ operation: SoftmaxGradient, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    let shape = request.outputs[0].shape
    guard !operation.isLog, operation.axis == shape.rank - 1, request.isAll(.float32), !request.isEmpty else {
      return nil
    }
    let (rows, width) = (shape.elementCount / shape[-1], shape[-1])
    guard choice.takesSoftmaxGradient(rows, width) else { return nil }
    let threads = request.threads(elements: shape.elementCount)
    let primitive = PrimitiveCache.primitive(for: operation, request) {
      withUnsafePointer(to: cdnn_tensor(dense: CDNN_FLOAT32, [rows, width])) {
        Primitive(cdnn_softmax_gradient($0, 1, Int32(threads)))
      }
    }
    guard let primitive, !primitive.isReference, let call = Call(primitive) else { return nil }
    return Kernel(scratchByteCount: primitive.scratchByteCount, mayOverwriteInput: [0: 1]) { arguments in
      var raw = cdnn_arguments()
      raw.destination = UnsafeMutableRawPointer(mutating: arguments.inputs[0])
      (raw.diff_destination, raw.diff_source) = (arguments.inputs[1], arguments.outputs[0])
      raw.scratch = arguments.scratch
      call.run(raw)
    }
  }
}
