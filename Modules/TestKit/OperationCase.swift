public import TensorCore

/// One application of an operation, as the checks run it.
public struct OperationCase: Sendable, CustomStringConvertible {
  /// Tells it from other cases of the same operation.
  public var name: String
  public var operation: any Operation
  public var inputs: [Tensor]
  /// How often it may be differentiated at these inputs: 0, 1 or 2.
  public var derivatives: Int
  /// float32 against float64.
  public var tolerance: Tolerance

  public init(
    _ name: String, _ operation: any Operation, _ inputs: [Tensor], derivatives: Int = 2,
    tolerance: Tolerance = .float32
  ) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.derivatives = derivatives
    self.tolerance = tolerance
  }

  public var description: String { name }

  /// Runs `checkOperation` on it.
  public func check() throws(CoreError) {
    try checkOperation(
      operation, inputs: inputs, name: name, derivatives: derivatives, float32Tolerance: tolerance)
  }
}
