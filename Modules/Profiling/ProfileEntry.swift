internal import TensorCore

/// What one operation cost in one layer on one backend, over all its runs.
public struct ProfileEntry: Sendable {
  /// As `Operation.name` says it.
  public var operation: String
  /// The layer, as `"block1/conv"`; empty outside of layers.
  public var layerPath: String
  /// nil: the portable rule.
  public var backendName: String?
  public var callCount = 0
  public var time = Duration.zero
  /// Floating-point operations of products.
  public var flopCount = 0
  /// Bytes of all inputs and outputs.
  public var byteCount = 0

  init(_ run: OperationRun) {
    (operation, layerPath, backendName) = (run.name, run.layerPath, run.backendName)
  }

  mutating func add(_ run: OperationRun) {
    callCount += 1
    time += run.duration
    flopCount += run.flopCount
    byteCount += run.byteCount
  }

  mutating func add(_ other: ProfileEntry) {
    callCount += other.callCount
    time += other.time
    flopCount += other.flopCount
    byteCount += other.byteCount
  }

  /// Billions of floating-point operations a second; 0 where there are no products.
  public var gigaflopsPerSecond: Double { rate(flopCount) }

  /// Billions of bytes a second, were all inputs and outputs moved.
  public var gigabytesPerSecond: Double { rate(byteCount) }

  private func rate(_ count: Int) -> Double {
    let seconds = time.inSeconds
    return seconds > 0 ? Double(count) * 1e-9 / seconds : 0
  }

  static func isLonger(_ a: ProfileEntry, _ b: ProfileEntry) -> Bool {
    (b.time, a.operation, a.layerPath, a.backendName ?? "") < (a.time, b.operation, b.layerPath, b.backendName ?? "")
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }

  var inMicroseconds: Double { inSeconds * 1e6 }
}
