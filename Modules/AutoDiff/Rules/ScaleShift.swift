public import TensorCore

extension ScaleShift: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (x, scale, g) = (p.inputs[0], p.inputs[1], p.gradient())
    let rowAxes = Array(0..<x.rank - 1)
    return [
      p.whenNeeded(0) { g * scale },
      p.whenNeeded(1) { (g * x).sum(axes: rowAxes) },
      p.whenNeeded(2) { g.sum(axes: rowAxes) },
    ]
  }
}
