internal import TensorCore

// What all optimizers do around their rules, as operations: the same ones eagerly and in compiled steps.
extension OptimizerSettings {
  /// The gradients of the loss itself.
  func unscaled(_ gradients: [Tensor]) -> [Tensor] {
    guard let lossScaleFactor else { return gradients }
    return gradients.map { $0 / lossScaleFactor }
  }

  /// The gradients as the rule is to see them.
  func clipped(_ gradients: [Tensor]) -> [Tensor] {
    if let clipnorm {
      return gradients.map { gradient in
        gradient * clipnorm / gradient.square().sum().sqrt().maximum(clipnorm)
      }
    }
    if let clipvalue { return gradients.map { $0.clamped(-clipvalue, clipvalue) } }
    guard let globalClipnorm, let first = gradients.first else { return gradients }
    let sum = gradients.reduce(Tensor.zeros([], dtype: first.dtype)) { $0 + $1.square().sum() }
    let norm = sum.sqrt()
    // An infinite norm makes every gradient NaN, as in Keras, so that TerminateOnNaN sees it.
    let scale = globalClipnorm * norm.reciprocal().minimum(1 / globalClipnorm) + (norm - norm)
    return gradients.map { $0 * scale }
  }

  /// The mean of these gradients and those that were added up since the last update; the sums begin again. The gradients
  /// themselves where none are added up.
  func mean(of gradients: [Tensor], and sums: inout [Tensor]) -> [Tensor] {
    guard let steps = gradientAccumulationSteps else { return gradients }
    let means = zip(gradients, sums).map { gradient, sum in
      wide(gradient, sum) { ($0 + $1) / Double(steps) }
    }
    sums = sums.map { Tensor.zeros($0.shape, dtype: $0.dtype) }
    return means
  }

  func added(_ sum: Tensor, _ gradient: Tensor) -> Tensor { wide(sum, gradient) { $0 + $1 } }

  /// - Parameter momentum: how much of the average stays, float64 `[]`.
  func averaged(_ average: Tensor, _ weight: Tensor, momentum: Tensor) -> Tensor {
    wide(average, weight) { average, weight in
      let momentum = momentum.cast(to: weight.dtype)
      return momentum * average + (1 - momentum) * weight
    }
  }

  /// The same numbers as a value of its own: a plan cannot leave one value in two places of its state. Every number is
  /// between the infinities, and NaN stays, which no pass makes use of.
  func copied(_ tensor: Tensor) -> Tensor {
    wide(tensor, tensor) { copy, _ in copy.clamped(-.infinity, .infinity) }
  }

  /// 16-bit numbers are calculated with in float32 and rounded once.
  private func wide(_ a: Tensor, _ b: Tensor, _ formula: (Tensor, Tensor) -> Tensor) -> Tensor {
    guard a.dtype.isHalf else { return formula(a, b) }
    return formula(a.cast(to: .float32), b.cast(to: .float32)).cast(to: a.dtype)
  }
}
