internal import CKernels

/// The memory that tensors and kernels hold, and what is kept for the next ones. Bytes are those of whole size classes, at
/// most a fifth more than was asked for.
public struct MemoryStatistics: Hashable, Sendable {
  /// Bytes in use.
  public let liveByteCount: Int
  /// The most that was ever in use at once, since the process started or `resetPeak()`.
  public let peakByteCount: Int
  /// Bytes kept for reuse.
  public let cachedByteCount: Int
  /// How often memory had to come from the system.
  public let systemAllocationCount: Int
  /// How often a tensor or kernel asked for memory.
  public let requestCount: Int

  /// What is held from the system: in use and kept for reuse.
  public var heldByteCount: Int { liveByteCount + cachedByteCount }

  /// The figures of this moment.
  public static var current: MemoryStatistics {
    var raw = ck_memory_statistics()
    ck_get_memory_statistics(&raw)
    return MemoryStatistics(
      liveByteCount: Int(raw.live_bytes), peakByteCount: Int(raw.peak_bytes), cachedByteCount: Int(raw.cached_bytes),
      systemAllocationCount: Int(raw.system_allocations), requestCount: Int(raw.requests))
  }

  /// Starts a new peak at what is in use now.
  public static func resetPeak() { ck_reset_peak() }
}

extension Execution {
  /// Gives memory that is kept for reuse back to the system; the next tensors take theirs from it again.
  ///
  /// For programs that compute rarely, or that are done with their largest model. Nothing in use is touched.
  public static func trimMemory() { ck_trim() }

  /// Limits the memory kept for reuse, 1 GiB at first. What exceeds it is given back now, the sizes unused for longest
  /// first; a single buffer larger than the limit is never kept.
  ///
  /// - Parameter byteCount: the new limit; 0 keeps nothing.
  public static func limitCachedMemory(to byteCount: Int) { ck_set_cache_limit(max(0, byteCount)) }
}
