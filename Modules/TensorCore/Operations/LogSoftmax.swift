internal import CKernels

/// The logarithm of softmax along one axis, computed without overflow. float32 or float64, any shape of rank 1 or more.
public struct LogSoftmax: Operation {
  public static let name = "log_softmax"

  public var axis: Int

  public init(axis: Int) { self.axis = axis }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectFloating(inputs[0])
    try expectAxis(axis, of: inputs[0])
    return [inputs[0]]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    guard y.elementCount > 0 else { return }
    let (outer, count, inner) = x.shape.around(axis)
    if x.dtype == .float64 {
      ck_softmax_f64(x.f64, y.f64, outer, count, inner, 1, Execution.threads32)
    } else {
      ck_softmax_f32(x.f32, y.f32, outer, count, inner, 1, Execution.threads32)
    }
  }
}

extension Tensor {
  /// The logarithm of softmax along one axis, computed without overflow; a negative axis counts from the end.
  public func logSoftmax(axis: Int = -1) -> Tensor { Tensor.apply(LogSoftmax(axis: shape.resolved(axis)), self) }
}
