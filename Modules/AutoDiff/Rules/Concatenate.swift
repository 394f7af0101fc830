public import TensorCore

extension Concatenate: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let g = p.gradient()
    var begin = 0
    return p.inputs.enumerated().map { index, input in
      let range = begin..<begin + input.shape[axis]
      begin = range.upperBound
      return p.whenNeeded(index) { g.sliced(axis: axis, range) }
    }
  }
}
