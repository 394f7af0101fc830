internal import CKernels

/// The gradient of `Activate` from its input: inputs `[x, dy]` of one spec, output `dy * activation'(x)`.
public struct ActivateGradient: Operation {
  public static let name = "activate_gradient"

  public var activation: FusableActivation

  public init(activation: FusableActivation) { self.activation = activation }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectFloating(inputs[0])
    try expectEqual(inputs[0], inputs[1])
    return [inputs[0]]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[1, 0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, dy, dx) = (inputs[0], inputs[1], outputs[0])
    let (kernel, alpha, count, threads) = (activation.kernel, activation.alpha, x.elementCount, Execution.threads32)
    if x.dtype == .float32 {
      ck_activation_gradient_f32(kernel, Float(alpha), x.source(), dy.source(), dx.destination(), count, threads)
    } else {
      ck_activation_gradient_f64(kernel, alpha, x.source(), dy.source(), dx.destination(), count, threads)
    }
  }
}
