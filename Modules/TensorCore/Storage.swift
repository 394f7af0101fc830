internal import CKernels

/// The bytes of one or more tensors: 64-byte aligned, uninitialised when made, recycled when released.
///
/// `@unchecked Sendable` holds because the bytes are written only while the reference to them is unique
/// (`Tensor.withMutableBytes` copies otherwise); reads are shared.
final class Storage: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    guard let base = ck_allocate(max(byteCount, 1)) else {
      CoreError(.invalidArgument, "no memory for a tensor of \(byteCount) bytes").trap()
    }
    self.base = base
    self.byteCount = byteCount
  }

  deinit { ck_release(base, max(byteCount, 1)) }

  /// What hollow tensors of a captured graph hold.
  static let none = Storage(byteCount: 0)
}

/// The memory that tensors hold and what is kept for the next ones.
public struct MemoryStatistics: Sendable {
  /// Bytes in live tensors.
  public let liveByteCount: Int
  /// The most that was ever live at once.
  public let peakByteCount: Int
  /// Bytes kept for reuse.
  public let cachedByteCount: Int
  /// How often memory had to come from the system.
  public let systemAllocationCount: Int
  /// How often a tensor asked for memory.
  public let requestCount: Int

  public static var current: MemoryStatistics {
    var raw = ck_memory_statistics()
    ck_get_memory_statistics(&raw)
    return MemoryStatistics(
      liveByteCount: Int(raw.live_bytes), peakByteCount: Int(raw.peak_bytes), cachedByteCount: Int(raw.cached_bytes),
      systemAllocationCount: Int(raw.system_allocations), requestCount: Int(raw.requests))
  }

  /// Gives cached memory back to the system.
  public static func trim() { ck_trim() }
}
