internal import CKernels

/// In-place updates of a weight by an optimizer's rule: one pass over the weight, its gradient and its slots.
///
/// Weight, gradient and slots have one shape and dtype, float32 or float64; anything else traps. Bytes that another
/// tensor shares are copied first, so drop old copies of a weight before its update.
public enum FusedUpdate {
  /// w ← w − rate·g
  public static func sgd(_ weight: inout Tensor, gradient: Tensor, learningRate rate: Double) {
    let watch = check("sgd", [weight.spec, gradient.spec], written: 1)
    defer { watch?.end() }
    let (count, threads) = (weight.elementCount, Execution.threads32)
    withExtendedLifetime(gradient) {
      weight.withMutableBytes { _ in }
      if weight.dtype == .float32 {
        ck_sgd_f32(weight.destination(), gradient.source(), count, Float(rate), threads)
      } else {
        ck_sgd_f64(weight.destination(), gradient.source(), count, rate, threads)
      }
    }
  }

  /// m ← μ·m − rate·g, then w ← w + m; with Nesterov's momentum w ← w + μ·m − rate·g.
  public static func momentum(
    _ weight: inout Tensor, gradient: Tensor, velocity: inout Tensor, learningRate rate: Double, momentum: Double,
    nesterov: Bool
  ) {
    let watch = check("momentum", [weight.spec, velocity.spec, gradient.spec], written: 2)
    defer { watch?.end() }
    let (count, threads, isNesterov) = (weight.elementCount, Execution.threads32, Int32(nesterov ? 1 : 0))
    withExtendedLifetime(gradient) {
      weight.withMutableBytes { _ in }
      velocity.withMutableBytes { _ in }
      if weight.dtype == .float32 {
        ck_momentum_f32(
          weight.destination(), gradient.source(), velocity.destination(), count, Float(rate), Float(momentum),
          isNesterov, threads)
      } else {
        ck_momentum_f64(
          weight.destination(), gradient.source(), velocity.destination(), count, rate, momentum, isNesterov, threads)
      }
    }
  }

  /// m ← m + (g − m)(1 − β₁), v ← v + (g² − v)(1 − β₂), w ← w − α·m/(√v + ε). With AMSGrad's slot, which becomes the
  /// larger of itself and v, that stands for v in the last step.
  ///
  /// - Parameters:
  ///   - weight: w, overwritten.
  ///   - gradient: g, of the weight's shape and dtype.
  ///   - momentum: m, overwritten.
  ///   - velocity: v, overwritten.
  ///   - largestVelocity: AMSGrad's slot, overwritten; nil: plain Adam.
  ///   - alpha: the learning rate with both bias corrections in it.
  ///   - beta1: how much of m stays.
  ///   - beta2: how much of v stays.
  ///   - epsilon: ε, added outside of the root.
  public static func adam(
    _ weight: inout Tensor, gradient: Tensor, momentum: inout Tensor, velocity: inout Tensor,
    largestVelocity: inout Tensor?, alpha: Double, beta1: Double, beta2: Double, epsilon: Double
  ) {
    let slots = [momentum.spec, velocity.spec] + (largestVelocity.map { [$0.spec] } ?? [])
    let watch = check("adam", [weight.spec] + slots + [gradient.spec], written: 1 + slots.count)
    defer { watch?.end() }
    let (count, threads) = (weight.elementCount, Execution.threads32)
    withExtendedLifetime(gradient) {
      weight.withMutableBytes { _ in }
      momentum.withMutableBytes { _ in }
      velocity.withMutableBytes { _ in }
      _ = largestVelocity?.withMutableBytes { _ in }
      if weight.dtype == .float32 {
        ck_adam_f32(
          weight.destination(), gradient.source(), momentum.destination(), velocity.destination(),
          largestVelocity?.destination(), count, Float(alpha), beta1, beta2, Float(epsilon), threads)
      } else {
        ck_adam_f64(
          weight.destination(), gradient.source(), momentum.destination(), velocity.destination(),
          largestVelocity?.destination(), count, alpha, beta1, beta2, epsilon, threads)
      }
    }
  }

  /// Traps where the tensors do not fit each other; gives what reports the update where somebody watches.
  private static func check(_ name: String, _ specs: [TensorSpec], written: Int) -> Watch? {
    let spec = specs[0]
    guard spec.dtype == .float32 || spec.dtype == .float64, specs.allSatisfy({ $0 == spec }) else {
      CoreError(
        .shapeMismatch,
        "optimizer update: found \(specs.map { "\($0)" }.joined(separator: ", ")), expected a weight, its "
          + "gradient and slots of one shape, all float32 or all float64"
      ).trap()
    }
    return Execution.observer.map { Watch(observer: $0, name: name, specs: specs, written: written) }
  }

  /// An update that somebody watches, from its beginning to `end`.
  private struct Watch {
    let observer: any ExecutionObserver
    let name: String
    let specs: [TensorSpec]
    /// How many of the tensors, from the first on, are overwritten.
    let written: Int
    let start = ContinuousClock.now

    func end() {
      observer.didRun(
        OperationRun(
          name: name, layerPath: Execution.layerPath, backendName: nil, inputs: specs,
          outputs: Array(specs.prefix(written)), flopCount: 0, start: start, end: .now))
    }
  }
}
