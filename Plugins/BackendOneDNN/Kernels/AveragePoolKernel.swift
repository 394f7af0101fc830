internal import COneDNN
internal import TensorCore

/// `Pool` by the average. The library's maximum takes NaN for nothing, so that maxima are ours.
enum AveragePoolKernel {
  static func make(_ operation: Pool, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    guard operation.kind == .average, request.isAll(.float32), !request.isEmpty,
      let geometry = try? operation.geometry(input: request.inputs[0].shape), choice.takesAveragePool(geometry),
      !geometry.hasEmptyWindows
    else { return nil }
    let threads = request.threads(elements: geometry.inputShape.elementCount)
    let primitive = PrimitiveCache.primitive(for: operation, request) { make(geometry, threads) }
    guard let primitive, let call = Call(primitive) else { return nil }
    return Kernel(scratchByteCount: primitive.scratchByteCount) { arguments in
      var raw = cdnn_arguments()
      (raw.source, raw.destination) = (arguments.inputs[0], arguments.outputs[0])
      raw.scratch = arguments.scratch
      call.run(raw)
    }
  }

  private static func make(_ geometry: ConvGeometry, _ threads: Int) -> Primitive? {
    let batch = [geometry.batch], channels = [geometry.inputChannels]
    let source = cdnn_tensor(channelsLast: CDNN_FLOAT32, batch + geometry.inputSize + channels)
    let destination = cdnn_tensor(channelsLast: CDNN_FLOAT32, batch + geometry.outputSize + channels)
    return withUnsafePointer(to: geometry.windows) { windows in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: destination) { destination in
          Primitive(cdnn_average_pooling(windows, geometry.kernelSize, source, destination, Int32(threads)))
        }
      }
    }.flatMap { $0.isReference ? nil : $0 }
  }
}

extension ConvGeometry {
  /// Whether a window may lie in the padding as a whole; its average is zero here.
  fileprivate var hasEmptyWindows: Bool {
    kernelSize.indices.contains { paddingBefore[$0] >= kernelSize[$0] || paddingAfter[$0] >= kernelSize[$0] }
  }
}
