internal import COneDNN
internal import TensorCore

/// A 3 x 3 convolution of small images as one of a wide image that has them side by side, a column of zeros after each.
///
/// The library's bfloat16 products take 16 pixels of a row at a time: of 7 x 7 pixels more than half of every tile is
/// nothing. What it computes of the columns in between is thrown away.
struct SideBySideKernel {
  private let geometry: ConvGeometry
  private let wide: ConvCase

  /// nil where it does not pay.
  init?(_ convolution: ConvCase, _ operation: Conv) {
    let geometry = convolution.geometry
    let size = geometry.inputSize
    guard convolution.type == CDNN_BFLOAT16, !operation.hasResidual, geometry.groups == 1, geometry.batch > 1,
      geometry.kernelSize == [3, 3], geometry.strides == [1, 1], geometry.dilation == [1, 1],
      geometry.paddingBefore == [1, 1], geometry.outputSize == size, size[1] <= 8,
      let merged = try? ConvGeometry(
        convolution: Conv.name, input: [1, size[0], geometry.batch * (size[1] + 1), geometry.inputChannels],
        kernel: geometry.kernelShape, strides: [1, 1], padding: .same, dilation: [1, 1], groups: 1)
    else { return nil }
    self.geometry = geometry
    wide = ConvCase(geometry: merged, type: convolution.type)
  }

  /// nil where the library has no implementation, or not the activation.
  func make(_ operation: Conv, _ request: KernelRequest, epilogue: cdnn_epilogue, threads: Int) -> Kernel? {
    let kind = "side by side \(epilogue.activation.rawValue)"
    let primitive = PrimitiveCache.primitive(for: operation, request, kind: kind) {
      wide.primitive(
        CDNN_FORWARD, weights: wide.anyWeights,
        bias: operation.biasIndex.flatMap { request.inputs[$0].dtype.described },
        epilogue: epilogue, threads: threads)
    }
    guard let primitive,
      let call = WeightedCall(primitive, plain: wide.plainWeights, constant: request.constants[1], threads: threads)
    else { return nil }
    let (biasIndex, geometry, merged) = (operation.biasIndex, geometry, wide.geometry)
    let bytes = { (shape: Shape) in (shape.elementCount * 2 + 63) / 64 * 64 }
    let inputOffset = (call.scratchByteCount + 63) / 64 * 64
    let outputOffset = inputOffset + bytes(merged.inputShape)
    return Kernel(
      scratchByteCount: outputOffset + bytes(merged.outputShape), unreadInputs: call.unreadInputs
    ) { arguments in
      guard let scratch = arguments.scratch else { return }
      let (input, output) = (scratch + inputOffset, scratch + outputOffset)
      Self.join(arguments.inputs[0], geometry, geometry.inputChannels, into: input, threads)
      var raw = cdnn_arguments()
      (raw.source, raw.destination) = (UnsafeRawPointer(input), output)
      raw.bias = biasIndex.map { arguments.inputs[$0] }
      call.run(raw, weights: arguments.inputs[1], scratch: scratch)
      Self.part(output, geometry, geometry.outputChannels, into: arguments.outputs[0], threads)
    }
  }

  /// `[batch, height, width, channels]` to `[height, batch, width + 1, channels]`, with zeros in the last column.
  private static func join(
    _ images: UnsafeRawPointer, _ geometry: ConvGeometry, _ channels: Int, into wide: UnsafeMutableRawPointer,
    _ threads: Int
  ) {
    let (batch, height, pixel) = (geometry.batch, geometry.inputSize[0], channels * 2)
    let row = geometry.inputSize[1] * pixel
    Execution.parallel(count: batch * height, grain: max(1, (1 << 15) / row), threads: threads) { lines in
      for line in lines {
        let (y, image) = (line / batch, line % batch)
        let target = wide + line * (row + pixel)
        target.copyMemory(from: images + (image * height + y) * row, byteCount: row)
        (target + row).initializeMemory(as: UInt8.self, repeating: 0, count: pixel)
      }
    }
  }

  /// The way back, without the last columns.
  private static func part(
    _ wide: UnsafeRawPointer, _ geometry: ConvGeometry, _ channels: Int, into images: UnsafeMutableRawPointer,
    _ threads: Int
  ) {
    let (batch, height, pixel) = (geometry.batch, geometry.outputSize[0], channels * 2)
    let row = geometry.outputSize[1] * pixel
    Execution.parallel(count: batch * height, grain: max(1, (1 << 15) / row), threads: threads) { lines in
      for line in lines {
        let (y, image) = (line / batch, line % batch)
        (images + (image * height + y) * row).copyMemory(from: wide + line * (row + pixel), byteCount: row)
      }
    }
  }
}
