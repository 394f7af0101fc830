internal import CHDF5
internal import Synchronization
internal import TensorCore

/// The one door to libhdf5. The library keeps global state (its error stack above all) and common builds of it are not
/// thread-safe, so every call in this process is made under this lock.
enum HDF5Library {
  private static let isStarted = Mutex(false)

  /// Calls libhdf5 in `body`. Not to be nested, and `body` must not release the last reference to an `HDF5File`.
  static func locked<R>(_ body: () throws(CoreError) -> sending R) throws(CoreError) -> sending R {
    try isStarted.withLock { (isStarted) throws(CoreError) -> sending R in
      if !isStarted {
        guard hdf5_start() >= 0 else { throw CoreError(.invalidFile, "libhdf5 does not start") }
        isStarted = true
      }
      // Builds of the library that know threads keep this setting for each of them.
      hdf5_silence()
      return try body()
    }
  }

  /// What libhdf5 says about its last failed call. Only under the lock.
  static func lastError() -> String {
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      hdf5_last_error(buffer.baseAddress, buffer.count)
      return String(cString: buffer.baseAddress!)
    }
    return text.isEmpty ? "libhdf5 gives no reason" : "libhdf5: \(text)"
  }
}

/// An open object of libhdf5, closed when this value ends. Lives only under the lock.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let close: (hid_t) -> herr_t

  /// Takes over what a call of libhdf5 returned; nil where that call failed.
  init?(_ id: hid_t, closedBy close: @escaping (hid_t) -> herr_t) {
    guard id >= 0 else { return nil }
    self.id = id
    self.close = close
  }

  deinit { _ = close(id) }
}
