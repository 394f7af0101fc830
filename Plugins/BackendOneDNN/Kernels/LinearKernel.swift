internal import COneDNN
internal import TensorCore

/// `Linear`: one product with bias, residual and activation.
enum LinearKernel {
  static func make(_ operation: Linear, _ request: KernelRequest) -> Kernel? {
    guard request.isAll(.float32), !request.isEmpty else { return nil }
    let shape = request.inputs[1].shape
    let product = Product(m: request.outputs[0].elementCount / shape[1], n: shape[1], k: shape[0])
    guard product.isWorthwhile else { return nil }
    let finish = Finish(
      operation.activation, residualIndex: operation.residualIndex, hasFiniteWeights: request.isFiniteConstant(1),
      request)
    let constant = request.constants[1]
    let weights = product.prefersPackedWeights && constant != nil ? product.anyRight : product.right
    let kind = "\(weights.is_any) \(finish.epilogue.activation.rawValue)"
    let primitive = PrimitiveCache.primitive(for: operation, request, kind: kind) {
      product.primitive(
        weights: weights, bias: operation.hasBias, epilogue: finish.epilogue, threads: request.threads32)
    }
    guard let primitive,
      let call = WeightedCall(primitive, plain: product.right, constant: constant, threads: request.threads)
    else { return nil }
    let biasIndex = operation.biasIndex
    return Kernel(scratchByteCount: call.scratchByteCount, mayOverwriteInput: finish.mayOverwriteInput) { arguments in
      finish.begin(arguments)
      var raw = cdnn_arguments()
      raw.source = arguments.inputs[0]
      raw.bias = biasIndex.map { arguments.inputs[$0] }
      raw.destination = arguments.outputs[0]
      call.run(raw, weights: arguments.inputs[1], scratch: arguments.scratch)
      finish.end(arguments)
    }
  }
}
