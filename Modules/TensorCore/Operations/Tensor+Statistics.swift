/// Reductions that are made of others.
extension Tensor {
  /// The biased variance (divided by n) over `axes` (nil: all), in two passes.
  public func variance(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    squaredDifference(mean(axes: axes, keepDims: true)).mean(axes: axes, keepDims: keepDims)
  }

  /// The square root of `variance`.
  public func standardDeviation(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    variance(axes: axes, keepDims: keepDims).sqrt()
  }

  /// log(sum(exp(x))) over `axes` (nil: all), without overflow.
  public func logSumExp(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let largest = max(axes: axes, keepDims: true).stopGradient()
    // Infinities must not be subtracted from themselves.
    let shift = Tensor.select(largest.abs().less(.infinity), largest, Tensor(scalar: 0, dtype: dtype))
    let logarithm = (self - shift).exp().sum(axes: axes, keepDims: true).log() + shift
    return keepDims ? logarithm : logarithm.sum(axes: axes)
  }

  /// This tensor summed over the axes along which a tensor of `target` shape would have been repeated to give it:
  /// the gradient of broadcasting. Traps where `target` does not broadcast to this shape.
  public func sumToShape(_ target: Shape) -> Tensor {
    if shape == target { return self }
    guard Shape.broadcast(shape, target) == shape else {
      return invalid("sumToShape: found \(spec), expected one that \(target) broadcasts to")
    }
    let leading = rank - target.rank
    var result = self
    if leading > 0 { result = result.sum(axes: Array(0..<leading)) }
    let repeated = (0..<target.rank).filter { target[$0] == 1 && result.shape[$0] != 1 }
    return repeated.isEmpty ? result : result.sum(axes: repeated, keepDims: true)
  }
}
