public import TensorCore

extension Linear: DifferentiableOperation {
  /// dx = g·Wᵀ, dW = xᵀ·g, db = the sum of g's rows, the residual's is g, the gradient before the activation.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, kernel) = (p.inputs[0], p.inputs[1])
    let (inputCount, unitCount) = (kernel.shape[0], kernel.shape[1])
    let gradient = p.gradientBefore(activation) {
      x.linear(kernel, biasIndex.map { p.inputs[$0] }, residual: residualIndex.map { p.inputs[$0] })
    }
    // Counted, since there may be no features or no units.
    let rowCount = x.shape.array.dropLast().reduce(1, *)
    let g = gradient.reshaped([rowCount, unitCount])
    let dx = p.whenNeeded(0) { g.matmul(kernel, transposeOther: true).reshaped(x.shape) }
    let dKernel = p.whenNeeded(1) { x.reshaped([rowCount, inputCount]).matmul(g, transposeSelf: true) }
    return [dx, dKernel] + (hasBias ? [p.whenNeeded(2) { g.sum(axes: [0]) }] : []) + (hasResidual ? [gradient] : [])
  }
}
