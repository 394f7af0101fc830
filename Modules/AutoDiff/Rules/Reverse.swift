public import TensorCore

extension Reverse: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { [p.gradient().reversed(axes: axes)] }
}
