import Apus
import Glibc

/// Files that are written after long work: whether they can be is found out before.
enum OutputFile {
  /// Throws where a folder is missing or not writable, or something other than a file has the name.
  static func check(_ paths: String?...) throws(CoreError) {
    for case let path? in paths {
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
      guard access(folder, F_OK) == 0 else {
        throw CoreError(.cannotWrite, "cannot be written: there is no folder \(folder)", path: [path])
      }
      guard access(folder, W_OK) == 0 else {
        throw CoreError(.cannotWrite, "cannot be written: \(String(cString: strerror(errno)))", path: [path])
      }
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        throw CoreError(.cannotWrite, "found a directory, expected a file or nothing", path: [path])
      }
    }
  }

  /// Makes a folder and those above it, as `mkdir -p`.
  static func makeFolder(_ path: String) throws(CoreError) {
    var part = ""
    for piece in path.split(separator: "/", omittingEmptySubsequences: false) {
      part += piece
      if !part.isEmpty, mkdir(part, 0o777) != 0, errno != EEXIST {
        throw CoreError(.cannotWrite, "cannot be made: \(String(cString: strerror(errno)))", path: [path])
      }
      part += "/"
    }
  }
}

/// A text file that grows line by line, such as a log.
final class TextFile {
  /// Whether nothing was in it when it was opened.
  let wasEmpty: Bool
  private let file: Int32
  private let path: String
  private var waiting: [UInt8] = []

  init(_ path: String, appending: Bool) throws(CoreError) {
    file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC), 0o666)
    self.path = path
    wasEmpty = file >= 0 && lseek(file, 0, SEEK_END) <= 0
    if file < 0 { throw failure }
  }

  func write(_ text: String) throws(CoreError) {
    waiting += text.utf8
    if waiting.count > 1 << 16 { try flush() }
  }

  /// Writes whatever was not written so far; the file can still be added to.
  func flush() throws(CoreError) {
    var done = 0
    while done < waiting.count {
      let count = waiting.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, waiting.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure }
      done += count
    }
    waiting.removeAll(keepingCapacity: true)
  }

  private var failure: CoreError {
    CoreError(.cannotWrite, "cannot be written: \(String(cString: strerror(errno)))", path: [path])
  }

  deinit { if file >= 0 { close(file) } }
}
