internal import TensorCore

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

  /// Uninitialised memory, 64-byte aligned; to be written before others see it. Of the pool of tensors: where packed weights
  /// take the place of plain ones, they take their memory too.
  convenience init(byteCount: Int) {
    let tensor = Tensor(uninitialized: TensorSpec([max(byteCount, 1)], .uint8))
    self.init(tensor.address) { _ in withExtendedLifetime(tensor) {} }
  }

  deinit { release(pointer) }

  var opaque: OpaquePointer { OpaquePointer(pointer) }
}
