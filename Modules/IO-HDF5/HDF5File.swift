internal import CHDF5
internal import Synchronization
internal import TensorCore

/// An open HDF5 file, on disk or in memory, closed with the last reference to it.
final class HDF5File: Sendable {
  let id: hid_t
  /// What to call this file in messages: its path.
  let name: String
  /// How many bytes the file has, nil for a file under construction.
  let byteCount: Int?

  private init(id: hid_t, name: String, byteCount: Int?) {
    self.id = id
    self.name = name
    self.byteCount = byteCount
  }

  deinit { try? HDF5Library.locked { _ = H5Fclose(id) } }

  /// Opens a file for reading, after checking by itself what libhdf5 answers vaguely or not at all.
  static func opened(_ path: String) throws(CoreError) -> HDF5File {
    let byteCount = try HDF5Signature.check(path)
    let id = try HDF5Library.locked { () throws(CoreError) -> hid_t in
      let id = H5Fopen(path, hdf5_open_read_only(), hdf5_default())
      guard id >= 0 else {
        throw CoreError(
          .invalidFile, "is not a sound HDF5 file, or one that is being written (\(HDF5Library.lastError()))",
          path: [path])
      }
      return id
    }
    return HDF5File(id: id, name: path, byteCount: byteCount)
  }

  /// An empty file in memory.
  static func inMemory(name: String) throws(CoreError) -> HDF5File {
    let id = try HDF5Library.locked { () throws(CoreError) -> hid_t in
      // Growing by large steps keeps the number of moves of the whole file small.
      guard let access = HDF5Handle(H5Pcreate(hdf5_class_file_access()), closedBy: H5Pclose),
        H5Pset_fapl_core(access.id, 1 << 20, false) >= 0
      else { throw CoreError(.cannotWrite, "no file in memory (\(HDF5Library.lastError()))", path: [name]) }
      let id = H5Fcreate(uniqueMemoryName(), hdf5_open_replace(), hdf5_default(), access.id)
      guard id >= 0 else {
        throw CoreError(.cannotWrite, "no file in memory (\(HDF5Library.lastError()))", path: [name])
      }
      return id
    }
    return HDF5File(id: id, name: name, byteCount: nil)
  }

  /// Opens the bytes of a whole HDF5 file, as they lie inside another file.
  static func opened(_ bytes: [UInt8], name: String) throws(CoreError) -> HDF5File {
    try HDF5Signature.check(bytes, name: name)
    let id = try HDF5Library.locked { () throws(CoreError) -> hid_t in
      guard let access = HDF5Handle(H5Pcreate(hdf5_class_file_access()), closedBy: H5Pclose),
        H5Pset_fapl_core(access.id, 1 << 20, false) >= 0,
        bytes.withUnsafeBytes({
          H5Pset_file_image(access.id, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
        }) >= 0
      else { throw CoreError(.invalidFile, "no file in memory (\(HDF5Library.lastError()))", path: [name]) }
      let id = H5Fopen(uniqueMemoryName(), hdf5_open_read_only(), access.id)
      guard id >= 0 else {
        throw CoreError(.invalidFile, "is not a sound HDF5 file (\(HDF5Library.lastError()))", path: [name])
      }
      return id
    }
    return HDF5File(id: id, name: name, byteCount: bytes.count)
  }

  /// Gives the bytes of a file in memory to `body`, without copying them. The lock is held meanwhile, so that nothing
  /// can be added; `body` must not call this module.
  func withImage(_ body: (UnsafeRawBufferPointer) throws(CoreError) -> Void) throws(CoreError) {
    try HDF5Library.locked { () throws(CoreError) in
      var memory: UnsafeMutableRawPointer?
      guard H5Fflush(id, H5F_SCOPE_GLOBAL) >= 0, case let count = H5Fget_file_image(id, nil, 0), count > 0,
        let access = HDF5Handle(H5Fget_access_plist(id), closedBy: H5Pclose),
        H5Fget_vfd_handle(id, access.id, &memory) >= 0,
        // The driver answers with where it keeps the pointer to its bytes.
        let bytes = memory?.assumingMemoryBound(to: UnsafeMutableRawPointer?.self).pointee
      else { throw CoreError(.cannotWrite, "cannot be finished (\(HDF5Library.lastError()))", path: [name]) }
      try body(UnsafeRawBufferPointer(start: bytes, count: count))
    }
  }

  /// An error about an object of this file, or about one of its attributes.
  func error(
    _ code: CoreError.Code, _ message: String, _ path: String, attribute: String? = nil
  ) -> CoreError {
    var place = [name]
    if !path.isEmpty { place.append(path) }
    if let attribute { place.append("@" + attribute) }
    return CoreError(code, message, path: place)
  }

  private static let memoryCounter = Atomic<Int>(0)

  /// libhdf5 takes two files in memory for one where they have one name, so every file gets its own.
  private static func uniqueMemoryName() -> String {
    "memory-\(memoryCounter.add(1, ordering: .relaxed).newValue)"
  }

  /// The parts of a path without empty ones, so that `"/a//b/"` is `"a/b"`.
  static func parts(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

  static func trimmed(_ path: String) -> String { path.split(separator: "/").joined(separator: "/") }
}
