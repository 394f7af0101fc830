public import TensorCore

extension Binary: DifferentiableOperation {
  /// Each side's partial derivative times the gradient, summed over the axes along which that side was broadcast.
  ///
  /// Where both sides of a maximum or minimum are equal the gradient goes to the left one, as in TensorFlow.
  public func pullback(_ p: Pullback) -> [Tensor?] {
    let (a, b, g) = (p.inputs[0], p.inputs[1], p.gradient())
    return [
      p.whenNeeded(0) { left(a, b, g)?.sumToShape(a.shape) },
      p.whenNeeded(1) { right(a, b, p.outputs[0], g)?.sumToShape(b.shape) },
    ]
  }

  private func left(_ a: Tensor, _ b: Tensor, _ g: Tensor) -> Tensor? {
    switch op {
    case .add, .sub, .mod: g
    case .mul: g * b
    case .div: g / b
    case .max: Tensor.select(a.greaterOrEqual(b), g, Tensor.zeros([], dtype: g.dtype))
    case .min: Tensor.select(a.lessOrEqual(b), g, Tensor.zeros([], dtype: g.dtype))
    case .pow: g * b * a.pow(Tensor.select(b.equal(0), Tensor.ones([], dtype: b.dtype), b - 1))
    case .squaredDifference: g * (a - b) * 2
    case .atan2: g * b / (a.square() + b.square())
    }
  }

  private func right(_ a: Tensor, _ b: Tensor, _ y: Tensor, _ g: Tensor) -> Tensor? {
    switch op {
    case .add: g
    case .sub: g.negated()
    case .mul: g * a
    case .div: (g * y / b).negated()
    case .max: Tensor.select(a.greaterOrEqual(b), Tensor.zeros([], dtype: g.dtype), g)
    case .min: Tensor.select(a.lessOrEqual(b), Tensor.zeros([], dtype: g.dtype), g)
    case .mod: (g * (a / b).floor()).negated()
    case .pow: g * y * Tensor.select(a.greater(0), a, Tensor.ones([], dtype: a.dtype)).log()
    case .squaredDifference: g * (b - a) * 2
    case .atan2: (g * a / (a.square() + b.square())).negated()
    }
  }
}
