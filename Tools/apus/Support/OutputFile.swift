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
  private let file: UnsafeMutablePointer<FILE>
  private let path: String

  init(_ path: String, appending: Bool) throws(CoreError) {
    guard let file = fopen(path, appending ? "a" : "w") else {
      throw CoreError(.cannotWrite, "cannot be written: \(String(cString: strerror(errno)))", path: [path])
    }
    fseek(file, 0, SEEK_END)
    (self.file, self.path) = (file, path)
  }

  var isEmpty: Bool { ftell(file) == 0 }

  func write(_ text: String) throws(CoreError) { try check(fputs(text, file) >= 0) }

  /// Whatever was not written so far; the file can still be added to.
  func flush() throws(CoreError) { try check(fflush(file) == 0) }

  private func check(_ isFine: Bool) throws(CoreError) {
    if !isFine {
      throw CoreError(.cannotWrite, "cannot be written: \(String(cString: strerror(errno)))", path: [path])
    }
  }

  deinit { fclose(file) }
}
