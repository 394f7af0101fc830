public import TensorCore

extension LayerNorm: DifferentiableOperation {
  /// The normalized output's gradients by the fused operation, plus what reaches x through the statistics of its rows.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, gamma, mean, inverse) = (p.inputs[0], p.inputs[1], p.outputs[1], p.outputs[2])
    var gradients: [Tensor?] = [nil, nil, nil]
    if let dy = p.outputGradients[0] {
      gradients = Tensor.apply(LayerNormGradient(), [x, dy, mean, inverse, gamma])
    }
    guard p.needs[0] else { return gradients }
    let share = 1 / Double(max(1, x.shape.last))
    let column = { (row: Tensor) in row.reshaped(Shape(row.shape.array + [1])) }
    if let dMean = p.outputGradients[1] {
      let part = (column(dMean) * share).broadcast(to: x.shape)
      gradients[0] = gradients[0].map { $0 + part } ?? part
    }
    if let dInverse = p.outputGradients[2] {
      // The inverse deviation is (variance + epsilon) to the power −1/2, the variance a mean of squared distances.
      let slope = dInverse * inverse * inverse * inverse * -share
      let part = (x - column(mean)) * column(slope)
      gradients[0] = gradients[0].map { $0 + part } ?? part
    }
    return gradients
  }
}

extension LayerNormGradient: DifferentiableOperation {
  /// Second derivatives of layer normalization are rare: the same formula in tensor algebra, differentiated.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (_, pull) = vectorJacobianProduct(at: p.inputs) { LayerNormGradient.composition($0) }
    return pull((0..<3).map { p.gradient($0) })
  }

  /// What the operation computes, with mean and inverse deviation as inputs in their own right.
  private static func composition(_ inputs: [Tensor]) -> [Tensor] {
    let (x, dy, gamma) = (inputs[0], inputs[1], inputs[4])
    let column = { (row: Tensor) in row.reshaped(Shape(row.shape.array + [1])) }
    let (mean, inverse) = (column(inputs[2]), column(inputs[3]))
    let rowAxes = Array(0..<x.rank - 1)
    let normalized = (x - mean) * inverse
    let scaled = dy * gamma
    let ofMean = scaled.mean(axes: [-1], keepDims: true)
    let ofProduct = (scaled * normalized).mean(axes: [-1], keepDims: true)
    return [
      inverse * (scaled - ofMean - normalized * ofProduct), (dy * normalized).sum(axes: rowAxes), dy.sum(axes: rowAxes),
    ]
  }
}
