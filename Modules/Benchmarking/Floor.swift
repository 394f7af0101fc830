public import TensorCore

/// What this machine can do: the best any framework could reach on it.
public struct Floor: Sendable {
  /// The rate of a product of two 2048×2048 matrices on one backend.
  public struct Peak: Sendable {
    public var backend: String
    /// float32 or bfloat16.
    public var dtype: DType
    public var gigaflopsPerSecond: Double

    public init(backend: String, dtype: DType = .float32, gigaflopsPerSecond: Double) {
      (self.backend, self.dtype, self.gigaflopsPerSecond) = (backend, dtype, gigaflopsPerSecond)
    }
  }

  public var peaks: [Peak]
  /// Billions of bytes a second in adding large arrays, two read and one written.
  public var gigabytesPerSecond: Double

  /// What was measured, by hand.
  public init(peaks: [Peak], gigabytesPerSecond: Double) {
    (self.peaks, self.gigabytesPerSecond) = (peaks, gigabytesPerSecond)
  }

  /// The best of the backends, in billions of floating-point operations a second; nil: none computes in that type.
  public func gigaflopsPerSecond(_ dtype: DType = .float32) -> Double? {
    peaks.filter { $0.dtype == dtype }.map(\.gigaflopsPerSecond).max()
  }

  /// Measures for about two seconds, on the backends that are installed.
  public static func measure(threads: Int = Execution.threads) throws(CoreError) -> Floor {
    var peaks: [Peak] = []
    for dtype in [DType.float32, .bfloat16] {
      for backend in PluginHost.shared.backendChain {
        if let peak = try peak(dtype, backend, threads) { peaks.append(peak) }
      }
    }
    if peaks.isEmpty {
      let x = Tensor.ones([size, size])
      let best = Execution.$backends.withValue([]) { Timing.best(repetitions: 3) { _ = x.matmul(x) } }
      peaks.append(Peak(backend: "portable", gigaflopsPerSecond: flops / best))
    }
    return Floor(peaks: peaks, gigabytesPerSecond: bandwidth(threads))
  }

  private static let size = 2048

  /// Billions of floating-point operations in one product.
  private static var flops: Double { 2e-9 * Double(size * size * size) }

  /// nil where the backend leaves such products to others.
  private static func peak(_ dtype: DType, _ backend: any Backend, _ threads: Int) throws(CoreError) -> Peak? {
    let key = RandomKey(seed: 1)
    let a = Tensor.randomNormal([size, size], key: key).cast(to: dtype)
    let b = Tensor.randomNormal([size, size], key: key).cast(to: dtype)
    let product = try PreparedOperation(
      MatMul(), inputs: [a.spec, b.spec], constants: [1: b], backends: [backend], threads: threads)
    guard product.backendName != nil else { return nil }
    let best = Timing.best(repetitions: 8) { _ = product.run([a, b]) }
    return Peak(backend: backend.name, dtype: dtype, gigaflopsPerSecond: flops / best)
  }

  /// Arrays that no cache holds, added.
  private static func bandwidth(_ threads: Int) -> Double {
    let count = 1 << 25
    let (a, b) = (Tensor.zeros([count]), Tensor.ones([count]))
    let best = Timing.best(repetitions: 6) { _ = a + b }
    return 12e-9 * Double(count) / best
  }

  /// The milliseconds that a step cannot take less than: its arithmetic at the peak and its bytes at the bandwidth.
  ///
  /// - Parameters:
  ///   - cost: what the step computes and moves.
  ///   - dtype: what products are computed in; nil where no backend computes in it.
  public func milliseconds(_ cost: WorkloadCost, _ dtype: DType = .float32) -> Double? {
    gigaflopsPerSecond(dtype).map {
      Double(cost.flopCount) * 1e-6 / $0 + Double(cost.byteCount) * 1e-6 / gigabytesPerSecond
    }
  }
}
