public import TensorCore

extension Cast: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { [p.gradient().cast(to: p.inputs[0].dtype)] }
}
