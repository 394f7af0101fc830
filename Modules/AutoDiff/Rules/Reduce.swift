public import TensorCore

extension Reduce: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let x = p.inputs[0]
    var kept = x.shape
    for axis in axes { kept[axis] = 1 }
    let (y, g) = (p.outputs[0].reshaped(kept), p.gradient().reshaped(kept))
    switch op {
    case .sum: return [g.broadcast(to: x.shape)]
    case .mean: return [(g * (Double(kept.elementCount) / Double(max(1, x.elementCount)))).broadcast(to: x.shape)]
    case .max, .min: return [ofExtremum(x, y, g)]
    case .prod: return [ofProduct(x, g)]
    case .any, .all: return [nil]
    }
  }

  /// Shared evenly by the elements that attain the extremum, as in TensorFlow.
  private func ofExtremum(_ x: Tensor, _ y: Tensor, _ g: Tensor) -> Tensor {
    let attains = x.equal(y).cast(to: x.dtype)
    return attains * (g / attains.sum(axes: axes, keepDims: true))
  }

  /// The product of the other elements: product / x where no element is zero; where exactly one is, that one gets the
  /// product of the others and the others get nothing. (Second derivatives are exact where no element is zero.)
  private func ofProduct(_ x: Tensor, _ g: Tensor) -> Tensor {
    let isZero = x.equal(0)
    let nonZero = Tensor.select(isZero, Tensor.ones([], dtype: x.dtype), x)
    let product = nonZero.prod(axes: axes, keepDims: true)
    let zeroCount = isZero.cast(to: x.dtype).sum(axes: axes, keepDims: true)
    let none = zeroCount.equal(0).cast(to: x.dtype)
    let one = zeroCount.equal(1).cast(to: x.dtype)
    return Tensor.select(isZero, g * product * one, g * product * none / nonZero)
  }
}
