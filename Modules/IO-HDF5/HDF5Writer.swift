public import TensorCore

/// An HDF5 file under construction; `HDF5Archive.write(to:_:)` makes one.
///
/// Written is what h5py writes for Keras: contiguous little-endian arrays, single strings of variable length, lists of
/// strings of one length padded with zeros, an empty list as an empty float64 array. The file is built in memory and
/// reaches the disk when it is complete.
public struct HDF5Writer: MutableArrayArchive {
  private let file: HDF5File

  init(file: HDF5File) { self.file = file }

  public var name: String { file.name }

  public func children(of path: String) throws(CoreError) -> [String] { try file.children(of: path) }

  public func isGroup(_ path: String) throws(CoreError) -> Bool { try file.kind(of: path) == .group }

  public func exists(_ path: String) throws(CoreError) -> Bool { try file.kind(of: path) != nil }

  public func attribute(_ name: String, at path: String) throws(CoreError) -> ArchiveValue? {
    try file.attribute(name, at: path)
  }

  public func spec(of path: String) throws(CoreError) -> TensorSpec { try file.spec(of: path) }

  public func tensor(at path: String) throws(CoreError) -> Tensor { try file.tensor(at: path) }

  public mutating func makeGroup(_ path: String) throws(CoreError) { try file.makeGroup(path) }

  /// Replaces an attribute of the same name. A list of strings or numbers takes 64,512 bytes at most.
  public mutating func setAttribute(_ name: String, at path: String, _ value: ArchiveValue) throws(CoreError) {
    try file.setAttribute(name, at: path, value)
  }

  /// Writes `tensor`, of any shape and element type. bfloat16 is stored as Keras does, as opaque pairs of bytes.
  public mutating func write(_ tensor: Tensor, at path: String) throws(CoreError) { try file.write(tensor, at: path) }
}
