public import TensorCore

extension Transpose: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    var inverse = permutation
    for (axis, source) in permutation.enumerated() { inverse[source] = axis }
    return [p.gradient().transposed(inverse)]
  }
}
