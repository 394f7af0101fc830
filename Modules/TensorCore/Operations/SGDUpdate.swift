internal import CKernels

/// One step of gradient descent on one weight (`FusedUpdate.sgd` and `.momentum` as an operation), for compiled training
/// steps.
///
/// Inputs: weight, gradient and, with a momentum, the velocity, all of one shape, float32 or float64; then the learning
/// rate and with `decays` the share that weight decay leaves of the weight, float64 `[]`. Outputs: the new weight and
/// velocity.
public struct SGDUpdate: Operation {
  public static let name = "sgd_update"

  /// 0: there is no velocity.
  public var momentum: Double
  public var nesterov: Bool
  public var decays: Bool

  public init(momentum: Double = 0, nesterov: Bool = false, decays: Bool = false) {
    (self.momentum, self.nesterov, self.decays) = (momentum, nesterov, decays)
  }

  private var tensorCount: Int { momentum == 0 ? 2 : 3 }

  public var outputCount: Int { tensorCount - 1 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try inferUpdate(inputs, tensors: tensorCount, numbers: decays ? 2 : 1)
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { overwritableState(tensors: tensorCount) }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    beginUpdate(inputs, outputs, share: decays ? inputs[tensorCount + 1] : nil)
    let (weight, gradient, rate) = (outputs[0], inputs[1], inputs[tensorCount].f64[0])
    let (count, threads, isNesterov) = (weight.elementCount, Execution.threads32, Int32(nesterov ? 1 : 0))
    switch (momentum == 0, weight.dtype == .float32) {
    case (true, true): ck_sgd_f32(weight.f32, gradient.f32, count, Float(rate), threads)
    case (true, false): ck_sgd_f64(weight.f64, gradient.f64, count, rate, threads)
    case (false, true):
      ck_momentum_f32(
        weight.f32, gradient.f32, outputs[1].f32, count, Float(rate), Float(momentum), isNesterov, threads)
    case (false, false):
      ck_momentum_f64(weight.f64, gradient.f64, outputs[1].f64, count, rate, momentum, isNesterov, threads)
    }
  }
}
