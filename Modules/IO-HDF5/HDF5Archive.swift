public import TensorCore

/// An HDF5 file as a tree of arrays, for reading. It knows nothing of Keras: the Keras codec reads any `ArrayArchive`.
///
/// Read are files of every superblock version, chunked and compressed datasets, either byte order, and the element
/// types of tensors; other integer types become the smallest that holds them. Links that lead elsewhere are refused.
/// Any number of threads may read; they take turns.
public struct HDF5Archive: ArrayArchive {
  let file: HDF5File

  init(file: HDF5File) { self.file = file }

  /// Opens the file at `path`.
  ///
  /// Throws `missingFile`, or `invalidFile` for a directory, a file that is not HDF5 or that is truncated.
  public init(opening path: String) throws(CoreError) { file = try HDF5File.opened(path) }

  /// Opens the bytes of a whole HDF5 file, such as one inside a zip archive. `name` is what messages call it.
  public init(bytes: [UInt8], name: String) throws(CoreError) { file = try HDF5File.opened(bytes, name: name) }

  public var name: String { file.name }

  /// In alphabetical order, as HDF5 keeps them.
  public func children(of path: String) throws(CoreError) -> [String] { try file.children(of: path) }

  public func isGroup(_ path: String) throws(CoreError) -> Bool { try file.kind(of: path) == .group }

  public func exists(_ path: String) throws(CoreError) -> Bool { try file.kind(of: path) != nil }

  /// Strings of fixed or variable length, integers (booleans among them), numbers, and lists of these.
  public func attribute(_ name: String, at path: String) throws(CoreError) -> ArchiveValue? {
    try file.attribute(name, at: path)
  }

  public func spec(of path: String) throws(CoreError) -> TensorSpec { try file.spec(of: path) }

  public func tensor(at path: String) throws(CoreError) -> Tensor { try file.tensor(at: path) }
}

extension HDF5Archive {
  /// Writes a file at `path` as `body` fills it.
  ///
  /// The file appears whole or not at all: where `body` throws, the disk is full or the program is killed, what was at
  /// `path` stays as it was. Throws what `body` throws, or `cannotWrite`.
  public static func write(
    to path: String, _ body: (inout HDF5Writer) throws(CoreError) -> Void
  ) throws(CoreError) {
    let file = try filled(name: path, body)
    try AtomicFile.write(to: path) { (output) throws(CoreError) in
      try file.withImage { (bytes) throws(CoreError) in try output.append(bytes) }
    }
  }

  /// The bytes of a whole HDF5 file as `body` fills it. `name` is what messages call it.
  public static func bytes(
    name: String, _ body: (inout HDF5Writer) throws(CoreError) -> Void
  ) throws(CoreError) -> [UInt8] {
    var result: [UInt8] = []
    try filled(name: name, body).withImage { (bytes) throws(CoreError) in result = Array(bytes) }
    return result
  }

  private static func filled(
    name: String, _ body: (inout HDF5Writer) throws(CoreError) -> Void
  ) throws(CoreError) -> HDF5File {
    let file = try HDF5File.inMemory(name: name)
    var writer = HDF5Writer(file: file)
    try body(&writer)
    return file
  }
}
