public import TensorCore

extension ScatterAdd: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { [nil, p.gradient().gathered(p.inputs[0], axis: axis)] }
}

extension ScatterAddAlong: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { [nil, p.gradient().gatheredAlong(p.inputs[0], axis: axis)] }
}
