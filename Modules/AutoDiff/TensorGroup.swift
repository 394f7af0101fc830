public import TensorCore

/// A value that holds tensors, such as what a loss closure returns besides the loss.
///
/// `valueAndGradients(at:withAuxiliary:)` takes its tape's trace off the tensors of such a value.
public protocol TensorGroup {
  /// The same with every tensor transformed.
  func mapAllTensors(_ transform: (Tensor) -> Tensor) -> Self
}

extension Tensor: TensorGroup {
  public func mapAllTensors(_ transform: (Tensor) -> Tensor) -> Tensor { transform(self) }
}

extension Weights: TensorGroup {
  public func mapAllTensors(_ transform: (Tensor) -> Tensor) -> Weights { mapTensors { transform($1) } }
}

extension Array: TensorGroup where Element: TensorGroup {
  public func mapAllTensors(_ transform: (Tensor) -> Tensor) -> [Element] { map { $0.mapAllTensors(transform) } }
}

extension Optional: TensorGroup where Wrapped: TensorGroup {
  public func mapAllTensors(_ transform: (Tensor) -> Tensor) -> Wrapped? { map { $0.mapAllTensors(transform) } }
}

extension Dictionary: TensorGroup where Value: TensorGroup {
  public func mapAllTensors(_ transform: (Tensor) -> Tensor) -> [Key: Value] {
    mapValues { $0.mapAllTensors(transform) }
  }
}
