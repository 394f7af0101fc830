internal import CKernels

/// What the updates of weights as operations share: `tensors` inputs of one shape (weight, gradient, slots), then numbers
/// that change from step to step, float64 `[]` each. The outputs are the new weight and slots.
extension Operation {
  func inferUpdate(_ inputs: [TensorSpec], tensors: Int, numbers: Int) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: tensors + numbers)
    try expectFloating(inputs[0])
    for input in inputs[1..<tensors] { try expectEqual(inputs[0], input) }
    for number in inputs[tensors...] where number != TensorSpec([], .float64) {
      throw CoreError(.shapeMismatch, "\(Self.name): found a number \(number), expected float64[]")
    }
    return Array(repeating: inputs[0], count: tensors - 1)
  }

  /// Each output over its old value.
  func overwritableState(tensors: Int) -> [[Int]] { [[0]] + (2..<max(tensors, 2)).map { [$0] } }

  /// Puts the old values where the new ones are to be, the weight multiplied by `share`: what weight decay leaves of it.
  func beginUpdate(_ inputs: [Tensor], _ outputs: [Tensor], share: Tensor?) {
    let (weight, result, threads) = (inputs[0], outputs[0], Execution.threads32)
    if let share {
      let share = share.f64[0]
      if weight.dtype == .float32 {
        ck_affine_f32(weight.f32, Float(share), 0, result.f32, weight.elementCount, threads)
      } else {
        ck_affine_f64(weight.f64, share, 0, result.f64, weight.elementCount, threads)
      }
    } else if weight.pointer != result.pointer {
      result.take(weight)
    }
    for slot in 1..<max(outputs.count, 1) where inputs[slot + 1].pointer != outputs[slot].pointer {
      outputs[slot].take(inputs[slot + 1])
    }
  }
}
