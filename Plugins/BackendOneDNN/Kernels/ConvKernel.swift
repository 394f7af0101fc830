internal import COneDNN
internal import TensorCore

/// `Conv`, with bias, residual and activation in the same pass.
enum ConvKernel {
  static func make(_ operation: Conv, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    if choice == .faster, let kernel = operation.winogradKernel(request) { return kernel }
    guard let type = request.productType(bias: operation.biasIndex),
      let geometry = try? operation.geometry(input: request.inputs[0].shape, kernel: request.inputs[1].shape)
    else { return nil }
    let convolution = ConvCase(geometry: geometry, type: type)
    let threads = request.threads(multiplications: convolution.multiplications)
    guard choice == .everything || convolution.isForwardWorthwhile else { return nil }
    let finish = Finish(
      operation.activation, residualIndex: operation.residualIndex, hasFiniteWeights: request.isFiniteConstant(1),
      type: type, request)
    guard let finish else { return nil }
    // Zeros are multiplied there, which is nothing as long as the weights are finite.
    if finish.destinationType == type, request.isFiniteConstant(1),
      let joined = SideBySideKernel(convolution, operation),
      let kernel = joined.make(operation, request, epilogue: finish.epilogue, threads: threads)
    {
      return kernel
    }
    let kind = "\(finish.epilogue.activation.rawValue)"
    let primitive = PrimitiveCache.primitive(for: operation, request, kind: kind) {
      convolution.primitive(
        CDNN_FORWARD, weights: convolution.anyWeights,
        bias: operation.biasIndex.flatMap { request.inputs[$0].dtype.described },
        destination: finish.destinationType, epilogue: finish.epilogue, threads: threads)
    }
    guard let primitive,
      let call = WeightedCall(
        primitive, plain: convolution.plainWeights, constant: request.constants[1], threads: threads)
    else { return nil }
    let biasIndex = operation.biasIndex
    let scratch = finish.scratchByteCount(call.scratchByteCount)
    return Kernel(
      scratchByteCount: scratch, mayOverwriteInput: finish.mayOverwriteInput, unreadInputs: call.unreadInputs
    ) { arguments in
      let destination = finish.begin(arguments, productScratch: call.scratchByteCount)
      var raw = cdnn_arguments()
      raw.source = arguments.inputs[0]
      raw.bias = biasIndex.map { arguments.inputs[$0] }
      raw.destination = destination
      call.run(raw, weights: arguments.inputs[1], scratch: arguments.scratch)
      finish.end(arguments, destination)
    }
  }
}

/// `ConvBackwardInput`, which is also the forward pass of a transposed convolution.
enum ConvBackwardInputKernel {
  static func make(_ operation: ConvBackwardInput, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    if choice == .faster, let kernel = operation.winogradKernel(request) { return kernel }
    guard let type = request.productType(),
      let geometry = try? operation.geometry(kernel: request.inputs[1].shape)
    else { return nil }
    let convolution = ConvCase(geometry: geometry, type: type)
    let threads = request.threads(multiplications: convolution.multiplications)
    guard choice == .everything || convolution.isBackwardInputWorthwhile else { return nil }
    let primitive = PrimitiveCache.primitive(for: operation, request) {
      convolution.primitive(
        CDNN_BACKWARD_DATA, weights: convolution.anyWeights, threads: threads)
    }
    guard let primitive,
      let call = WeightedCall(
        primitive, plain: convolution.plainWeights, constant: request.constants[1], threads: threads)
    else { return nil }
    return Kernel(scratchByteCount: call.scratchByteCount, unreadInputs: call.unreadInputs) { arguments in
      var raw = cdnn_arguments()
      raw.diff_destination = arguments.inputs[0]
      raw.diff_source = arguments.outputs[0]
      call.run(raw, weights: arguments.inputs[1], scratch: arguments.scratch)
    }
  }
}

/// `ConvBackwardKernel`. The gradient comes in the library's layout and is copied to Keras's.
enum ConvBackwardKernelKernel {
  static func make(_ operation: ConvBackwardKernel, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    if choice == .faster, let kernel = operation.winogradKernel(request) { return kernel }
    guard let type = request.productType(),
      let geometry = try? operation.geometry(input: request.inputs[0].shape)
    else { return nil }
    let convolution = ConvCase(geometry: geometry, type: type)
    let threads = request.threads(multiplications: convolution.multiplications)
    guard choice == .everything || convolution.isBackwardKernelWorthwhile else { return nil }
    let primitive = PrimitiveCache.primitive(for: operation, request) {
      convolution.primitive(
        CDNN_BACKWARD_WEIGHTS, weights: convolution.gradientWeights, threads: threads)
    }
    guard let primitive, let call = Call(primitive) else { return nil }
    if primitive.isLayout(CDNN_DIFF_WEIGHTS, convolution.plainWeights) { return plain(call) }
    let reorder = primitive.reorder(from: CDNN_DIFF_WEIGHTS, to: convolution.plainWeights, threads: threads)
    guard let reorder, let unpacking = Call(reorder) else { return nil }
    return unpacked(call, unpacking)
  }

  private static func plain(_ call: Call) -> Kernel {
    Kernel(scratchByteCount: call.primitive.scratchByteCount) { arguments in
      call.run(gradient(arguments, into: arguments.outputs[0]))
    }
  }

  private static func unpacked(_ call: Call, _ unpacking: Call) -> Kernel {
    let offset = (max(call.primitive.scratchByteCount, unpacking.primitive.scratchByteCount) + 63) / 64 * 64
    let byteCount = offset + call.primitive.byteCount(CDNN_DIFF_WEIGHTS)
    return Kernel(scratchByteCount: byteCount) { arguments in
      guard let packed = arguments.scratch.map({ $0 + offset }) else { return }
      call.run(gradient(arguments, into: packed))
      var copy = cdnn_arguments()
      copy.source = UnsafeRawPointer(packed)
      copy.destination = arguments.outputs[0]
      copy.scratch = arguments.scratch
      unpacking.run(copy)
    }
  }

  private static func gradient(
    _ arguments: borrowing KernelArguments, into weights: UnsafeMutableRawPointer
  ) -> cdnn_arguments {
    var raw = cdnn_arguments()
    raw.source = arguments.inputs[0]
    raw.diff_destination = arguments.inputs[1]
    raw.diff_weights = weights
    raw.scratch = arguments.scratch
    return raw
  }
}
