public import TensorCore

/// Whole files as bytes, with errors that name the file and say why.
public enum FileBytes {
  /// Throws `missingFile` or `invalidFile`.
  public static func read(_ path: String) throws(CoreError) -> [UInt8] { try FileDescriptor.contents(of: path) }

  /// Replaces a file as a whole: the bytes go to a temporary file beside it, which is renamed once they are on disk.
  /// Whatever fails, what was there before is untouched. Devices and pipes are written to directly.
  ///
  /// Throws `cannotWrite`.
  public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(CoreError) {
    try AtomicFile.write(Array(bytes), to: path)
  }
}
