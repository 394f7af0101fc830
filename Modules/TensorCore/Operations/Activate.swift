internal import CKernels

/// An activation function, applied to every element: same shape and dtype (float32 or float64) out as in.
public struct Activate: Operation {
  public static let name = "activate"

  public var activation: FusableActivation

  public init(activation: FusableActivation) { self.activation = activation }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectFloating(inputs[0], "activate \(activation)")
    return inputs
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y, threads) = (inputs[0], outputs[0], Execution.threads32)
    let (kernel, alpha) = (activation.kernel, activation.alpha)
    if x.dtype == .float32 {
      ck_activation_f32(kernel, Float(alpha), x.source(), y.destination(), x.elementCount, threads)
    } else {
      ck_activation_f64(kernel, alpha, x.source(), y.destination(), x.elementCount, threads)
    }
  }
}

extension Tensor {
  public func activated(_ activation: FusableActivation) -> Tensor {
    Tensor.apply(Activate(activation: activation), self)
  }

  /// max(x, 0)
  public func relu() -> Tensor { activated(.relu) }
}
