internal import CKernels

/// One step of Adam on one weight (`FusedUpdate.adam` as an operation), for compiled training steps.
///
/// Inputs: weight, gradient, momentum, velocity and, with `amsgrad`, the largest velocity, all of one shape, float32 or
/// float64; then α, the learning rate with both bias corrections, and with `decays` the share that weight decay leaves of
/// the weight, float64 `[]`. Outputs: the new weight, momentum, velocity and largest velocity.
public struct AdamUpdate: Operation {
  public static let name = "adam_update"

  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var amsgrad: Bool
  public var decays: Bool

  public init(beta1: Double, beta2: Double, epsilon: Double, amsgrad: Bool = false, decays: Bool = false) {
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    (self.amsgrad, self.decays) = (amsgrad, decays)
  }

  private var tensorCount: Int { amsgrad ? 5 : 4 }

  public var outputCount: Int { tensorCount - 1 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try inferUpdate(inputs, tensors: tensorCount, numbers: decays ? 2 : 1)
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { overwritableState(tensors: tensorCount) }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    beginUpdate(inputs, outputs, share: decays ? inputs[tensorCount + 1] : nil)
    let (weight, gradient, alpha) = (outputs[0], inputs[1], inputs[tensorCount].f64[0])
    let (count, threads) = (weight.elementCount, Execution.threads32)
    if weight.dtype == .float32 {
      ck_adam_f32(
        weight.f32, gradient.f32, outputs[1].f32, outputs[2].f32, amsgrad ? outputs[3].f32 : nil, count, Float(alpha),
        beta1, beta2, Float(epsilon), threads)
    } else {
      ck_adam_f64(
        weight.f64, gradient.f64, outputs[1].f64, outputs[2].f64, amsgrad ? outputs[3].f64 : nil, count, alpha, beta1,
        beta2, epsilon, threads)
    }
  }
}
