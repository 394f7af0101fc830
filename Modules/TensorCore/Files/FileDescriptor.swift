internal import Glibc

/// An open file, closed when this value ends.
package struct FileDescriptor: ~Copyable {
  package let number: Int32
  /// The path as messages name it.
  package let path: String

  private init(number: Int32, path: String) {
    self.number = number
    self.path = path
  }

  deinit { close(number) }

  /// Opens a regular file for reading; the error says whether it is missing, a directory or not permitted.
  package static func reading(_ path: String) throws(CoreError) -> FileDescriptor {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else {
      let code = errno
      if code == ENOENT { throw CoreError(.missingFile, "there is no such file", path: [path]) }
      throw CoreError(.invalidFile, "cannot be opened for reading: \(SystemError.text(code))", path: [path])
    }
    let file = FileDescriptor(number: number, path: path)
    switch try file.status().st_mode & S_IFMT {
    case S_IFREG: return file
    case S_IFDIR: throw CoreError(.invalidFile, "found a directory, expected a file", path: [path])
    default: throw CoreError(.invalidFile, "found a device or a pipe, expected a regular file", path: [path])
    }
  }

  /// Makes a file that did not exist.
  static func creating(_ path: String, mode: mode_t, reportedAs shown: String) throws(CoreError) -> FileDescriptor {
    let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard number >= 0 else { throw SystemError.cannotWrite(shown, errno) }
    return FileDescriptor(number: number, path: shown)
  }

  static func writing(device path: String, reportedAs shown: String) throws(CoreError) -> FileDescriptor {
    let number = open(path, O_WRONLY | O_CLOEXEC)
    guard number >= 0 else { throw SystemError.cannotWrite(shown, errno) }
    return FileDescriptor(number: number, path: shown)
  }

  /// Opens a file or a directory as it is, to make it durable.
  static func existing(_ path: String, reportedAs shown: String) -> FileDescriptor? {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    return number >= 0 ? FileDescriptor(number: number, path: shown) : nil
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// A second descriptor of the same open file, for a library that closes what it is given.
  package func duplicated() throws(CoreError) -> Int32 {
    let copy = dup(number)
    guard copy >= 0 else {
      throw CoreError(.invalidFile, "cannot be opened a second time: \(SystemError.text(errno))", path: [path])
    }
    return copy
  }

  package func byteCount() throws(CoreError) -> Int { Int(try status().st_size) }

  /// Reads `buffer.count` bytes from `offset`; returns how many there were.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(CoreError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(number, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw CoreError(.invalidFile, "cannot be read: \(SystemError.text(errno))", path: [path])
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The whole file.
  package static func contents(of path: String) throws(CoreError) -> [UInt8] {
    let file = try FileDescriptor.reading(path)
    return try file.bytes(at: 0, count: try file.byteCount())
  }

  /// At most `count` bytes from `offset`; fewer where the file ends before.
  package func bytes(at offset: Int, count: Int) throws(CoreError) -> [UInt8] {
    var failure: CoreError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(CoreError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(CoreError) {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(number, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw SystemError.cannotWrite(path, errno) }
      done += count
    }
  }

  func synchronize() throws(CoreError) {
    guard fsync(number) == 0 else { throw SystemError.cannotWrite(path, errno) }
  }

  private func status() throws(CoreError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else {
      throw CoreError(.invalidFile, "cannot be examined: \(SystemError.text(errno))", path: [path])
    }
    return status
  }
}

/// What the system says about a failed call.
package enum SystemError {
  package static func text(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }

  package static func cannotWrite(_ path: String, _ code: Int32) -> CoreError {
    CoreError(.cannotWrite, "cannot be written: \(text(code)); what was there before is unchanged", path: [path])
  }
}
