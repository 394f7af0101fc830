internal import TensorCore

extension RandomKey {
  /// Numbers of the beta distribution with both parameters `alpha`; float32.
  ///
  /// - Parameters:
  ///   - shape: of the result.
  ///   - alpha: above 0, a tensor that broadcasts to `shape`.
  mutating func beta(_ shape: Shape, _ alpha: Tensor) -> Tensor {
    let first = logGamma(shape, alpha)
    return (first - logGamma(shape, alpha)).sigmoid()
  }

  /// The logarithms of numbers of the gamma distribution: of small `alpha` the numbers themselves could be too small for
  /// float32. Marsaglia and Tsang 2000, with as many tries for all.
  mutating func logGamma(_ shape: Shape, _ alpha: Tensor) -> Tensor {
    // Of alpha + 1, where at least 19 of 20 tries succeed: one in 10¹⁰ numbers keeps a try that did not.
    let d = alpha + 2.0 / 3
    let c = (d * 9).rsqrt()
    var result = Tensor.zeros(shape)
    for attempt in 0..<8 {
      let normal = Tensor.randomNormal(shape, key: split())
      let root = 1 + c * normal
      let isPossible = root.greater(0)
      let logCube = Tensor.select(isPossible, root, Tensor.ones(shape)).log() * 3
      let limit = normal.square() * 0.5 + d * (1 - logCube.exp() + logCube)
      let isAccepted = isPossible.logicalAnd((1 - uniform(shape)).log().less(limit))
      let isNew = attempt == 0 ? isAccepted.logicalOr(isAccepted.logicalNot()) : isAccepted
      result = Tensor.select(isNew, logCube, result)
    }
    return result + d.log() + (1 - uniform(shape)).log() / alpha
  }
}
