internal import CZlib
internal import TensorCore

/// A file read from its beginning to its end: as it is, or unpacked where its content, not its name, is gzip.
struct GzipReader: ~Copyable {
  private let file: gzFile
  let path: String
  /// The size of the file as it lies on disk.
  let storedByteCount: Int
  let isCompressed: Bool

  private init(file: gzFile, path: String, storedByteCount: Int, isCompressed: Bool) {
    self.file = file
    self.path = path
    self.storedByteCount = storedByteCount
    self.isCompressed = isCompressed
  }

  deinit { gzclose(file) }

  /// Throws `missingFile`, or `invalidFile` for a directory and the like.
  static func opened(_ path: String) throws(CoreError) -> GzipReader {
    let descriptor = try FileDescriptor.reading(path)
    let storedByteCount = try descriptor.byteCount()
    let isCompressed = try descriptor.bytes(at: 0, count: 2) == [0x1F, 0x8B]
    guard let file = gzdopen(try descriptor.duplicated(), "rb") else {
      throw CoreError(.invalidFile, "found no memory to unpack it", path: [path])
    }
    gzbuffer(file, 1 << 17)
    return GzipReader(file: file, path: path, storedByteCount: storedByteCount, isCompressed: isCompressed)
  }

  /// The most that unpacking can give: deflate makes 1032 bytes of one. For judging what a header claims.
  var largestByteCount: Int { isCompressed ? storedByteCount * 1032 : storedByteCount }

  /// Fills `buffer` as far as there are bytes; returns how many there were. Throws where the gzip stream is damaged or
  /// ends early.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(CoreError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = gzread(file, buffer.baseAddress! + done, UInt32(min(buffer.count - done, 1 << 30)))
      if count < 0 { throw damaged() }
      if count == 0 { break }
      done += Int(count)
    }
    var code: Int32 = 0
    gzerror(file, &code)
    // A stream that was cut off first gives what it has and says so afterwards.
    if done < buffer.count, code != Z_OK, code != Z_STREAM_END { throw damaged() }
    return done
  }

  func bytes(_ count: Int) throws(CoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: CoreError?
    let found = bytes.withUnsafeMutableBytes { buffer in
      do throws(CoreError) { return try read(into: buffer) } catch { failure = error }
      return 0
    }
    if let failure { throw failure }
    return Array(bytes.prefix(found))
  }

  private func damaged() -> CoreError {
    var code: Int32 = 0
    let text = gzerror(file, &code).map { String(cString: $0) } ?? ""
    let reason = code == Z_BUF_ERROR ? "ends early: it is truncated" : "is damaged (\(text))"
    return CoreError(.invalidFile, "its gzip stream \(reason)", path: [path])
  }
}
