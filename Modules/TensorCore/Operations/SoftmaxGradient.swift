internal import CKernels

/// The gradient of softmax, or with `isLog` of its logarithm, from the output.
///
/// Inputs y and dy of one shape; output dx = y (dy - sum(dy y)), with `isLog` dx = dy - e^y sum(dy), the sums along
/// `axis`. float32 or float64.
public struct SoftmaxGradient: Operation {
  public static let name = "softmax_gradient"

  public var axis: Int
  public var isLog: Bool

  public init(axis: Int, isLog: Bool = false) {
    self.axis = axis
    self.isLog = isLog
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectFloating(inputs[0])
    try expectSameDType(inputs)
    try expectAxis(axis, of: inputs[0])
    try expectShape(inputs[1], inputs[0].shape, "dy")
    return [inputs[0]]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[1, 0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (y, dy, dx) = (inputs[0], inputs[1], outputs[0])
    guard dx.elementCount > 0 else { return }
    let (outer, count, inner) = y.shape.around(axis)
    let log: Int32 = isLog ? 1 : 0
    if y.dtype == .float64 {
      ck_softmax_gradient_f64(y.f64, dy.f64, dx.f64, outer, count, inner, log, Execution.threads32)
    } else {
      ck_softmax_gradient_f32(y.f32, dy.f32, dx.f32, outer, count, inner, log, Execution.threads32)
    }
  }
}
