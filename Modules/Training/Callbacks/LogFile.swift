internal import Glibc
internal import TensorCore

/// A file that grows while training goes on, readable by others at once.
final class LogFile {
  private let file: UnsafeMutablePointer<FILE>
  private let path: String
  /// Whether there was something in it already.
  let wasEmpty: Bool

  /// - Parameters:
  ///   - path: the folders on the way to it are made.
  ///   - appending: whether what is there stays.
  init(_ path: String, appending: Bool) throws(CoreError) {
    Self.makeFolders(above: path)
    guard let file = fopen(path, appending ? "ae" : "we") else { throw SystemError.cannotWrite(path, errno) }
    (self.file, self.path) = (file, path)
    wasEmpty = fseek(file, 0, SEEK_END) != 0 || ftell(file) == 0
  }

  deinit { fclose(file) }

  func write(_ bytes: [UInt8]) throws(CoreError) {
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fflush(file) == 0 else {
      throw SystemError.cannotWrite(path, errno)
    }
  }

  /// What fails here fails again, with a message, when the file is opened.
  static func makeFolders(above path: String) {
    for index in path.indices.dropFirst() where path[index] == "/" { mkdir(String(path[..<index]), 0o777) }
  }
}
