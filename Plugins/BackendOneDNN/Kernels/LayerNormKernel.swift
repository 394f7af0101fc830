internal import COneDNN
internal import TensorCore

/// `LayerNorm`. The library's third output is the variance, of which the inverse standard deviation is made here.
enum LayerNormKernel {
  static func make(_ operation: LayerNorm, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    guard request.isAll(.float32), !request.isEmpty else { return nil }
    let (rows, width) = request.rowsAndWidth
    guard choice.takesLayerNorm(rows, width) else { return nil }
    let primitive = PrimitiveCache.primitive(for: operation, request) {
      Primitive(
        layerNorm: CDNN_FORWARD, rows, width, operation.epsilon, threads: request.threads(elements: rows * width))
    }
    guard let primitive, !primitive.isReference, let call = Call(primitive) else { return nil }
    let epsilon = Float(operation.epsilon)
    return Kernel(scratchByteCount: primitive.scratchByteCount) { arguments in
      var raw = cdnn_arguments()
      (raw.source, raw.scale, raw.shift) = (arguments.inputs[0], arguments.inputs[1], arguments.inputs[2])
      (raw.destination, raw.mean, raw.variance) = (arguments.outputs[0], arguments.outputs[1], arguments.outputs[2])
      raw.scratch = arguments.scratch
      call.run(raw)
      let deviation = arguments.outputs[2].assumingMemoryBound(to: Float.self)
      for row in 0..<rows { deviation[row] = 1 / (deviation[row] + epsilon).squareRoot() }
    }
  }
}

/// `LayerNormGradient`. The library wants the variance that it has the inverse standard deviation of.
enum LayerNormGradientKernel {
  static func make(_ operation: LayerNormGradient, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    guard request.isAll(.float32), !request.isEmpty else { return nil }
    let (rows, width) = request.rowsAndWidth
    guard choice.takesLayerNorm(rows, width) else { return nil }
    let primitive = PrimitiveCache.primitive(for: operation, request) {
      Primitive(layerNorm: CDNN_BACKWARD_DATA, rows, width, 0, threads: request.threads(elements: rows * width))
    }
    guard let primitive, !primitive.isReference, let call = Call(primitive) else { return nil }
    let offset = (primitive.scratchByteCount + 63) / 64 * 64
    return Kernel(scratchByteCount: offset + rows * MemoryLayout<Float>.stride) { arguments in
      guard let scratch = arguments.scratch else { return }
      let variance = (scratch + offset).assumingMemoryBound(to: Float.self)
      let inverse = arguments.inputs[3].assumingMemoryBound(to: Float.self)
      for row in 0..<rows { variance[row] = 1 / (inverse[row] * inverse[row]) }
      var raw = cdnn_arguments()
      (raw.source, raw.diff_destination, raw.scratch) = (arguments.inputs[0], arguments.inputs[1], scratch)
      (raw.mean, raw.variance) = (
        UnsafeMutableRawPointer(mutating: arguments.inputs[2]), UnsafeMutableRawPointer(variance)
      )
      // No number of the shift is used, but an address is wanted.
      (raw.scale, raw.shift) = (arguments.inputs[4], arguments.inputs[4])
      (raw.diff_source, raw.diff_scale, raw.diff_shift) = (
        arguments.outputs[0], arguments.outputs[1], arguments.outputs[2]
      )
      call.run(raw)
    }
  }
}

extension Primitive {
  fileprivate convenience init?(
    layerNorm direction: cdnn_direction, _ rows: Int, _ width: Int, _ epsilon: Double, threads: Int
  ) {
    let tensor = cdnn_tensor(dense: CDNN_FLOAT32, [rows, width])
    self.init(withUnsafePointer(to: tensor) { cdnn_layer_norm(direction, $0, Float(epsilon), Int32(threads)) })
  }
}

extension KernelRequest {
  /// Of the first input, `[..., channels]`, which is not empty.
  fileprivate var rowsAndWidth: (Int, Int) {
    let shape = inputs[0].shape
    return (shape.elementCount / shape[-1], shape[-1])
  }
}
