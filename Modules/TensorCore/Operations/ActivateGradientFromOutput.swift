internal import CKernels

/// The gradient of `Activate` from its output: inputs `[y, dy]` of one spec, output `dy * activation'(x)` where
/// `y = activation(x)`. For activations with `hasGradientFromOutput`.
public struct ActivateGradientFromOutput: Operation {
  public static let name = "activate_gradient_from_output"

  public var activation: FusableActivation

  public init(activation: FusableActivation) { self.activation = activation }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 2)
    try expectFloating(inputs[0])
    try expectEqual(inputs[0], inputs[1])
    guard activation.hasGradientFromOutput else {
      throw CoreError(
        .invalidArgument,
        "\(Self.name): found \(activation), whose slope does not follow from its value; use ActivateGradient")
    }
    return [inputs[0]]
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[1, 0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (y, dy, dx) = (inputs[0], inputs[1], outputs[0])
    let (kernel, alpha, count, threads) = (activation.kernel, activation.alpha, y.elementCount, Execution.threads32)
    if y.dtype == .float32 {
      _ = ck_activation_gradient_from_output_f32(
        kernel, Float(alpha), y.source(), dy.source(), dx.destination(), count, threads)
    } else {
      _ = ck_activation_gradient_from_output_f64(
        kernel, alpha, y.source(), dy.source(), dx.destination(), count, threads)
    }
  }
}
