public import TensorCore

extension Tile: DifferentiableOperation {
  /// The copies' gradients summed, axis by axis.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let x = p.inputs[0]
    var g = p.gradient()
    for (axis, multiple) in multiples.enumerated() where multiple != 1 {
      let (before, after) = (g.shape[0..<axis], g.shape[axis + 1..<g.rank])
      let copies = g.reshaped([before.elementCount, multiple, x.shape[axis], after.elementCount] as Shape)
      g = copies.sum(axes: [1]).reshaped(Shape(before.array + [x.shape[axis]] + after.array))
    }
    return [g]
  }
}
