public import TensorCore
internal import Glibc

/// Whole files as bytes, with errors that name the file and say why.
public enum FileBytes {
  /// Throws `missingFile` or `invalidFile`.
  public static func read(_ path: String) throws(CoreError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = errno
      throw CoreError(reason == ENOENT ? .missingFile : .invalidFile, describe(reason), path: [path])
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw CoreError(.invalidFile, describe(errno), path: [path]) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw CoreError(.invalidFile, "found a folder, expected a file", path: [path])
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(max(Int(status.st_size), 0))
    let chunk = 1 << 20
    while true {
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: chunk))
      let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + start, chunk) }
      let reason = errno
      bytes.removeLast(chunk - max(count, 0))
      if count == 0 { return bytes }
      guard count > 0 || reason == EINTR else { throw CoreError(.invalidFile, describe(reason), path: [path]) }
    }
  }

  /// Replaces a file as a whole: the bytes go to a temporary file beside it, which is renamed once they are on disk.
  /// Whatever fails, what was there before is untouched. Devices and pipes are written to directly.
  ///
  /// Throws `cannotWrite`.
  public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(CoreError) {
    let contiguous = Array(bytes)
    try replace(path) { (temporary) throws(CoreError) in
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw CoreError(.cannotWrite, describe(errno), path: [path]) }
      defer { close(descriptor) }
      try writeAll(contiguous, descriptor, path)
    }
  }

  /// `write` for writers that want a path: `make` writes the temporary file, which then takes the place of `path`.
  static func replace(_ path: String, _ make: (String) throws(CoreError) -> Void) throws(CoreError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw CoreError(.cannotWrite, "found a folder, expected a file or none", path: [path])
      }
      if status.st_mode & S_IFMT != S_IFREG { return try make(path) }
    }
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
    do throws(CoreError) {
      try make(temporary)
      try synchronize(temporary, path)
      guard rename(temporary, path) == 0 else { throw CoreError(.cannotWrite, describe(errno), path: [path]) }
    } catch {
      unlink(temporary)
      throw error
    }
    synchronizeFolder(of: path)
  }

  static func describe(_ reason: Int32) -> String { String(cString: strerror(reason)) }

  private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(CoreError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw CoreError(.cannotWrite, describe(errno), path: [path]) }
      written += count
    }
  }

  private static func synchronize(_ temporary: String, _ path: String) throws(CoreError) {
    let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CoreError(.cannotWrite, describe(errno), path: [path]) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw CoreError(.cannotWrite, describe(errno), path: [path]) }
  }

  /// So that the rename itself survives a power cut. A folder that cannot be opened is no reason to fail now.
  private static func synchronizeFolder(of path: String) {
    let end = path.lastIndex(of: "/")
    let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
