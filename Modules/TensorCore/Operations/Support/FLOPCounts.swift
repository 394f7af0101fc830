// What products cost: 2 for every multiplication with its addition. Padding counts as what it is multiplied as.

extension MatMul {
  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int {
    2 * outputs[0].elementCount * inputs[0].shape[transposeA ? -2 : -1]
  }
}

extension Linear {
  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int {
    2 * outputs[0].elementCount * inputs[1].shape[0]
  }
}

extension Conv {
  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int {
    convolutionFLOPCount(kernel: inputs[1].shape, output: outputs[0].shape)
  }
}

extension ConvBackwardInput {
  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int {
    convolutionFLOPCount(kernel: inputs[1].shape, output: inputs[0].shape)
  }
}

extension ConvBackwardKernel {
  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int {
    convolutionFLOPCount(kernel: outputs[0].shape, output: inputs[1].shape)
  }
}

extension RecurrentSequence {
  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int {
    let (x, kernel, recurrentKernel) = (inputs[0].shape, inputs[1], inputs[2])
    return 2 * x[0] * x[1] * (kernel.elementCount + recurrentKernel.elementCount)
  }
}

extension RecurrentGradient {
  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int {
    let (x, kernel, recurrentKernel) = (inputs[0].shape, inputs[1], inputs[2])
    // The states' gradients are passed from step to step whatever is wanted.
    let perStep =
      recurrentKernel.elementCount + (wantsInput ? kernel.elementCount : 0)
      + (wantsWeights ? kernel.elementCount + recurrentKernel.elementCount : 0)
    return 2 * x[0] * x[1] * perStep
  }
}

/// A convolution's and both its gradients': every output element is a sum over one filter of the kernel
/// `[spatial..., in / groups, out]`.
private func convolutionFLOPCount(kernel: Shape, output: Shape) -> Int {
  kernel[-1] == 0 ? 0 : 2 * output.elementCount * (kernel.elementCount / kernel[-1])
}
