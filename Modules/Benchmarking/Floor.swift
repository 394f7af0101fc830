public import TensorCore

/// What this machine can do: the best any framework could reach on it.
public struct Floor: Sendable {
  /// Billions of floating-point operations a second in a product of two 2048×2048 float32 matrices, by backend.
  public var peaks: [(backend: String, gigaflopsPerSecond: Double)]
  /// Billions of bytes a second in adding large arrays, two read and one written.
  public var gigabytesPerSecond: Double

  /// What was measured, by hand.
  public init(peaks: [(backend: String, gigaflopsPerSecond: Double)], gigabytesPerSecond: Double) {
    (self.peaks, self.gigabytesPerSecond) = (peaks, gigabytesPerSecond)
  }

  /// The best of the backends.
  public var gigaflopsPerSecond: Double { peaks.map(\.gigaflopsPerSecond).max() ?? 0 }

  /// Measures for about a second and a half, on the backends that are installed.
  public static func measure(threads: Int = Execution.threads) throws(CoreError) -> Floor {
    let size = 2048
    let key = RandomKey(seed: 1)
    let (a, b) = (Tensor.randomNormal([size, size], key: key), Tensor.randomNormal([size, size], key: key))
    var peaks: [(String, Double)] = []
    for backend in PluginHost.shared.backendChain {
      let product = try PreparedOperation(
        MatMul(), inputs: [a.spec, b.spec], constants: [1: b], backends: [backend], threads: threads)
      guard product.backendName != nil else { continue }
      let best = Timing.best(repetitions: 8) { _ = product.run([a, b]) }
      peaks.append((backend.name, 2e-9 * Double(size * size * size) / best))
    }
    if peaks.isEmpty {
      let best = Execution.$backends.withValue([]) { Timing.best(repetitions: 3) { _ = a.matmul(b) } }
      peaks.append(("portable", 2e-9 * Double(size * size * size) / best))
    }
    return Floor(peaks: peaks, gigabytesPerSecond: bandwidth(threads))
  }

  /// Arrays that no cache holds, added.
  private static func bandwidth(_ threads: Int) -> Double {
    let count = 1 << 25
    let (a, b) = (Tensor.zeros([count]), Tensor.ones([count]))
    let best = Timing.best(repetitions: 6) { _ = a + b }
    return 12e-9 * Double(count) / best
  }

  /// The milliseconds that a step cannot take less than: its arithmetic at the peak and its bytes at the bandwidth.
  public func milliseconds(_ cost: WorkloadCost) -> Double {
    Double(cost.flopCount) * 1e-6 / gigaflopsPerSecond + Double(cost.byteCount) * 1e-6 / gigabytesPerSecond
  }
}
