internal import Glibc

/// A file that appears whole or not at all: it is written beside its target under another name, made durable, and
/// then renamed over the target. Whatever fails or is killed before, what was at the path stays as it was. A device or
/// a pipe is written to directly: a rename would destroy it.
package struct AtomicFile: ~Copyable {
  /// Where the bytes are until the end, for libraries that write to a path; nil for a device or a pipe.
  package let temporaryPath: String?
  private let path: String
  private let target: String
  private let file: FileDescriptor
  private var isCommitted = false

  /// Writes the file at `path` in `body`. An error from `body` removes the temporary file and is thrown on.
  package static func write(
    to path: String, _ body: (borrowing AtomicFile) throws(CoreError) -> Void
  ) throws(CoreError) {
    var file = try AtomicFile.opened(path)
    try body(file)
    try file.commit()
  }

  package static func write(_ bytes: [UInt8], to path: String) throws(CoreError) {
    try write(to: path) { (file) throws(CoreError) in
      var failure: CoreError?
      bytes.withUnsafeBytes { buffer in
        do throws(CoreError) { try file.append(buffer) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  private init(path: String, target: String, temporaryPath: String?, file: consuming FileDescriptor) {
    self.path = path
    self.target = target
    self.temporaryPath = temporaryPath
    self.file = file
  }

  private static func opened(_ path: String) throws(CoreError) -> AtomicFile {
    let target = try AtomicFile.resolved(path)
    var mode: mode_t?
    var status = stat()
    if stat(target, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: mode = status.st_mode & 0o7777
      case S_IFDIR: throw CoreError(.cannotWrite, "found a directory, expected a file or nothing", path: [path])
      default:
        let device = try FileDescriptor.writing(device: target, reportedAs: path)
        return AtomicFile(path: path, target: target, temporaryPath: nil, file: device)
      }
    }
    let slash = target.lastIndex(of: "/")
    let directory = slash.map { String(target[...$0]) } ?? ""
    let name = slash.map { String(target[target.index(after: $0)...]) } ?? target
    let unique = String(UInt64.random(in: .min ... .max), radix: 36)
    let temporaryPath = "\(directory).\(name.prefix(40)).\(unique).tmp"
    let file = try FileDescriptor.creating(temporaryPath, mode: mode ?? 0o666, reportedAs: path)
    // The process's mask does not apply to a file that is replaced: it keeps the mode it had.
    if let mode { fchmod(file.number, mode) }
    return AtomicFile(path: path, target: target, temporaryPath: temporaryPath, file: file)
  }

  deinit {
    if let temporaryPath, !isCommitted { unlink(temporaryPath) }
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(CoreError) { try file.write(bytes) }

  private mutating func commit() throws(CoreError) {
    guard let temporaryPath else { return }
    // Opened by its name: a library may have put another file in the place of the one that was made here.
    guard let written = FileDescriptor.existing(temporaryPath, reportedAs: path) else {
      throw SystemError.cannotWrite(path, errno)
    }
    try written.synchronize()
    guard rename(temporaryPath, target) == 0 else { throw SystemError.cannotWrite(path, errno) }
    isCommitted = true
    // The rename itself is durable once the directory is. Some file systems refuse this, which is no loss.
    let directory = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
    if let directory = FileDescriptor.existing(directory, reportedAs: path) { try? directory.synchronize() }
  }

  /// The path behind symbolic links, so that a link's target is replaced and not the link.
  private static func resolved(_ path: String) throws(CoreError) -> String {
    guard !path.isEmpty, !path.hasSuffix("/") else {
      throw CoreError(.cannotWrite, "found the path '\(path)', expected that of a file")
    }
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
