internal import TensorCore

/// What can be told of an HDF5 file from its superblock, before libhdf5 touches it: libhdf5 1.10 may crash on bytes
/// that are not what it expects. (HDF5 File Format Specification 3.0, section II.A.)
enum HDF5Signature {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Checks the file at `path` and returns its size in bytes.
  static func check(_ path: String) throws(CoreError) -> Int {
    let file = try FileDescriptor.reading(path)
    let byteCount = try file.byteCount()
    // The superblock is at 0, or behind a user block at 512, 1024, 2048 ...
    var offset = 0
    while offset == 0 || offset + signature.count <= byteCount {
      let bytes = try file.bytes(at: offset, count: 96)
      if bytes.starts(with: signature) {
        try checkEnd(bytes, byteCount: byteCount, name: path)
        return byteCount
      }
      offset = max(512, offset * 2)
    }
    throw notHDF5(try file.bytes(at: 0, count: signature.count), byteCount: byteCount, name: path)
  }

  static func check(_ bytes: [UInt8], name: String) throws(CoreError) {
    guard bytes.starts(with: signature) else {
      throw notHDF5(Array(bytes.prefix(signature.count)), byteCount: bytes.count, name: name)
    }
    try checkEnd(Array(bytes.prefix(96)), byteCount: bytes.count, name: name)
  }

  /// Compares the address behind the last byte, as the superblock has it, with the size of the file.
  private static func checkEnd(_ superblock: [UInt8], byteCount: Int, name: String) throws(CoreError) {
    let truncated = CoreError(
      .invalidFile, "found \(byteCount) bytes, too few for the first block of an HDF5 file: it is truncated",
      path: [name])
    guard superblock.count > 13 else { throw truncated }
    let version = superblock[8]
    guard version <= 3 else {
      throw CoreError(
        .invalidFile, "found version \(version) of the HDF5 superblock, expected 0 to 3", path: [name])
    }
    let width = Int(superblock[version < 2 ? 13 : 9])
    guard [2, 4, 8].contains(width) else {
      throw CoreError(.invalidFile, "found addresses of \(width) bytes, expected 2, 4 or 8", path: [name])
    }
    // Before the addresses: 24 bytes, 28 in version 1, 12 from version 2. The end of the file is the third of them.
    let start = (version == 0 ? 24 : version == 1 ? 28 : 12) + 2 * width
    guard superblock.count >= start + width else { throw truncated }
    let end = superblock[start..<start + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard end <= UInt64(byteCount) else {
      throw CoreError(
        .invalidFile, "found \(byteCount) bytes, expected \(end) as the file says of itself: it is truncated",
        path: [name])
    }
  }

  private static func notHDF5(_ start: [UInt8], byteCount: Int, name: String) -> CoreError {
    if byteCount == 0 { return CoreError(.invalidFile, "found an empty file, expected an HDF5 file", path: [name]) }
    let found = start.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    let expected = signature.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    let kind = start.starts(with: [0x50, 0x4B, 0x03, 0x04]) ? "; this is a zip archive" : ""
    return CoreError(
      .invalidFile, "is not an HDF5 file: found the first bytes \(found), expected \(expected)\(kind)", path: [name])
  }
}
