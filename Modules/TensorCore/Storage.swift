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
