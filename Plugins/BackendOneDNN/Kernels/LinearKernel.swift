internal import COneDNN
internal import TensorCore

/// `Linear`: one product with bias, residual and activation.
enum LinearKernel {
  static func make(_ operation: Linear, _ request: KernelRequest, _ choice: OneDNNChoice) -> Kernel? {
    guard let type = request.productType(bias: operation.biasIndex) else { return nil }
    let shape = request.inputs[1].shape
    let product = Product(type: type, m: request.outputs[0].elementCount / shape[1], n: shape[1], k: shape[0])
    let isWorthwhile = product.isWorthwhile && (!product.isOneRow || operation.hasResidual)
    guard choice == .everything || isWorthwhile else { return nil }
    let threads = request.threads(multiplications: product.multiplications)
    let finish = Finish(
      operation.activation, residualIndex: operation.residualIndex, hasFiniteWeights: request.isFiniteConstant(1),
      type: type, request)
    guard let finish else { return nil }
    let constant = request.constants[1]
    let weights = product.prefersPackedWeights(isConstant: constant != nil) ? product.anyRight : product.right
    let kind = "\(weights.is_any) \(finish.epilogue.activation.rawValue)"
    let primitive = PrimitiveCache.primitive(for: operation, request, kind: kind) {
      product.primitive(
        weights: weights, bias: operation.biasIndex.flatMap { request.inputs[$0].dtype.described },
        destination: finish.destinationType, epilogue: finish.epilogue, threads: threads)
    }
    guard let primitive,
      let call = WeightedCall(primitive, plain: product.right, constant: constant, threads: threads)
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
