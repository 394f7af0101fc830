internal import CZip
public import TensorCore

/// NumPy's `.npz` files: named arrays in a zip archive, stored or deflated. Read and written through libzip.
public enum NPZ {
  /// All arrays by name, without the `.npy`. Throws `missingFile` or `invalidFile` naming file and member.
  public static func read(_ path: String) throws(CoreError) -> [String: Tensor] {
    let archive = try open(path)
    defer { zip_discard(archive) }
    var arrays: [String: Tensor] = [:]
    for index in 0..<UInt64(max(zip_get_num_entries(archive, 0), 0)) {
      guard let raw = zip_get_name(archive, index, 0) else { continue }
      let name = String(cString: raw)
      guard name.hasSuffix(".npy") else { continue }
      arrays[String(name.dropLast(4))] = try array(archive, index, path, name)
    }
    return arrays
  }

  /// One array by name. Throws `invalidFile` naming the arrays that there are.
  public static func read(_ path: String, _ name: String) throws(CoreError) -> Tensor {
    let archive = try open(path)
    defer { zip_discard(archive) }
    let index = zip_name_locate(archive, name + ".npy", 0)
    guard index >= 0 else {
      let names = (0..<UInt64(max(zip_get_num_entries(archive, 0), 0))).prefix(12)
        .compactMap { zip_get_name(archive, $0, 0).map { "'\(String(cString: $0))'" } }
      throw CoreError(
        .invalidFile, "found \(names.joined(separator: ", ")), expected a member '\(name).npy'", path: [path])
    }
    return try array(archive, UInt64(index), path, name)
  }

  /// Writes arrays, stored, in the order of their names. Replaces the file as a whole. Throws `cannotWrite`.
  public static func write(_ arrays: [String: Tensor], to path: String) throws(CoreError) {
    var members: [(String, [UInt8])] = []
    for (name, tensor) in arrays.sorted(by: { $0.key < $1.key }) {
      members.append((name + ".npy", try NPY.encode(tensor, name: "\(path)/\(name)")))
    }
    try AtomicFile.write(to: path) { (file) throws(CoreError) in
      guard let temporary = file.temporaryPath else {
        throw CoreError(.cannotWrite, "found a device or a pipe, expected a regular file or nothing", path: [path])
      }
      try write(members, to: temporary, path)
    }
  }

  private static func open(_ path: String) throws(CoreError) -> OpaquePointer {
    var code: Int32 = 0
    // Asked first, because libzip says little about directories and what it may not read.
    _ = try FileDescriptor.reading(path)
    if let archive = zip_open(path, ZIP_RDONLY, &code) { return archive }
    throw CoreError(code == ZIP_ER_NOENT ? .missingFile : .invalidFile, message(code), path: [path])
  }

  private static func array(
    _ archive: OpaquePointer, _ index: UInt64, _ path: String, _ name: String
  ) throws(CoreError) -> Tensor {
    var status = zip_stat_t()
    guard zip_stat_index(archive, index, 0, &status) == 0, let file = zip_fopen_index(archive, index, 0) else {
      throw CoreError(.invalidFile, String(cString: zip_strerror(archive)), path: [path, name])
    }
    defer { zip_fclose(file) }
    // Deflate makes 1032 bytes of one at most, so that a false size in the directory reserves little.
    guard status.size <= 1032 * (status.comp_size &+ 16) else {
      throw CoreError(
        .invalidFile, "found a member of \(status.size) bytes packed into \(status.comp_size): it is damaged",
        path: [path, name])
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.size) + 1) { buffer, filled in
      // One byte more than there should be is asked for: libzip checks the sum when it meets the end.
      while filled < buffer.count {
        let count = zip_fread(file, buffer.baseAddress! + filled, UInt64(buffer.count - filled))
        if count <= 0 { break }
        filled += Int(count)
      }
    }
    guard zip_error_code_zip(zip_file_get_error(file)) == ZIP_ER_OK, bytes.count == Int(status.size) else {
      throw CoreError(
        .invalidFile,
        "found \(bytes.count) sound bytes, expected \(status.size) "
          + "(\(String(cString: zip_file_strerror(file))))", path: [path, name])
    }
    return try NPY.decode(bytes[...], name: "\(path)/\(name)")
  }

  private static func write(
    _ members: [(String, [UInt8])], to temporary: String, _ path: String
  ) throws(CoreError) {
    var code: Int32 = 0
    guard let archive = zip_open(temporary, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
      throw CoreError(.cannotWrite, message(code), path: [path])
    }
    var copies: [UnsafeMutableRawPointer] = []
    // libzip reads the sources when the archive is closed, so they live until then.
    defer { for copy in copies { copy.deallocate() } }
    for (name, bytes) in members {
      let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
      copies.append(copy)
      bytes.withUnsafeBytes { if let from = $0.baseAddress { copy.copyMemory(from: from, byteCount: $0.count) } }
      guard add(copy, bytes.count, name, to: archive) else {
        let reason = String(cString: zip_strerror(archive))
        zip_discard(archive)
        throw CoreError(.cannotWrite, reason, path: [path, name])
      }
    }
    guard zip_close(archive) == 0 else {
      let reason = String(cString: zip_strerror(archive))
      zip_discard(archive)
      throw CoreError(.cannotWrite, reason, path: [path])
    }
  }

  private static func add(
    _ bytes: UnsafeMutableRawPointer, _ count: Int, _ name: String, to archive: OpaquePointer
  ) -> Bool {
    guard let source = zip_source_buffer(archive, bytes, UInt64(count), 0) else { return false }
    let index = zip_file_add(archive, name, source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8)
    guard index >= 0 else {
      zip_source_free(source)
      return false
    }
    // The beginning of zip's calendar, as NumPy writes it: equal arrays give equal files.
    let midnight1980 = 315_532_800
    zip_file_set_mtime(archive, UInt64(index), midnight1980, 0)
    return zip_set_file_compression(archive, UInt64(index), ZIP_CM_STORE, 0) == 0
  }

  private static func message(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return String(cString: zip_error_strerror(&error))
  }
}
