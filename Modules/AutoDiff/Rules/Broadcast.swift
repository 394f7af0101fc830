public import TensorCore

extension BroadcastTo: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { [p.gradient().sumToShape(p.inputs[0].shape)] }
}
