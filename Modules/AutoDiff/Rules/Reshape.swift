public import TensorCore

extension Reshape: DifferentiableOperation {
  public func pullback(_ p: Pullback) -> [Tensor?] { [p.gradient().reshaped(p.inputs[0].shape)] }
}
