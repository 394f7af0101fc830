/// Owns one object or buffer outside of Swift's reach, and gives it back.
///
/// `@unchecked Sendable` holds because what is behind the pointer does not change after its making, or is changed only by
/// functions that any number of threads may call at once (`cdnn_call_run`).
final class Handle: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  private let release: @Sendable (UnsafeMutableRawPointer) -> Void

  init(_ pointer: UnsafeMutableRawPointer, release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void) {
    self.pointer = pointer
    self.release = release
  }

  /// Uninitialised memory, 64-byte aligned; to be written before others see it.
  convenience init(byteCount: Int) {
    self.init(UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)) { $0.deallocate() }
  }

  deinit { release(pointer) }

  var opaque: OpaquePointer { OpaquePointer(pointer) }
}
