internal import CKernels

/// The bytes of one or more tensors: 64-byte aligned, uninitialised when made, recycled when released.
///
/// `@unchecked Sendable` holds because the bytes are written only while the reference to them is unique
/// (`Tensor.withMutableBytes` copies otherwise); reads are shared.
final class Storage: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  /// Whose bytes these are where they are borrowed; nil: this object's own.
  private let owner: Storage?

  /// Part of another storage's bytes, kept alive by this. For plans, whose tensors lie in one arena and never leave it.
  init(borrowing owner: Storage, at byteOffset: Int, byteCount: Int) {
    base = owner.base + byteOffset
    self.byteCount = byteCount
    self.owner = owner
  }

  /// Somebody else's bytes, to be read as long as they are there. For value rules within a kernel.
  init(unowned bytes: UnsafeRawPointer, byteCount: Int) {
    base = UnsafeMutableRawPointer(mutating: bytes)
    self.byteCount = byteCount
    owner = Storage.none
  }

  init(byteCount: Int) {
    guard let base = ck_allocate(max(byteCount, 1)) else {
      CoreError(.invalidArgument, "no memory for a tensor of \(byteCount) bytes").trap()
    }
    self.base = base
    self.byteCount = byteCount
    owner = nil
  }

  deinit { if owner == nil { ck_release(base, max(byteCount, 1)) } }

  /// What hollow tensors of a captured graph hold.
  static let none = Storage(byteCount: 0)
}
