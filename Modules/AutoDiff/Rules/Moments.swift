public import TensorCore

extension Moments: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    [Moments.gradient(of: p.inputs[0], mean: p.outputs[0], p.outputGradients[0], p.outputGradients[1])]
  }

  /// dx = (dmean + 2 (x - mean) dvariance) / rows, of `x`'s shape; nil where neither is there.
  static func gradient(of x: Tensor, mean: Tensor, _ dMean: Tensor?, _ dVariance: Tensor?) -> Tensor? {
    let share = 1 / Double(max(1, x.elementCount / max(1, x.shape.last)))
    let ofMean = dMean.map { ($0 * share).broadcast(to: x.shape) }
    let ofVariance = dVariance.map { (x - mean) * ($0 * (2 * share)) }
    guard let ofMean, let ofVariance else { return ofMean ?? ofVariance }
    return ofMean + ofVariance
  }
}
