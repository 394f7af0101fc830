/// What an archive stores besides arrays.
public enum ArchiveValue: Hashable, Sendable {
  case string(String)
  case strings([String])
  case integer(Int)
  case number(Double)
  case numbers([Double])
}

/// A tree of named arrays with attributes, as HDF5 has it. Paths are `"group/sub/array"`; the root is `""`.
///
/// Implementations: `InMemoryArchive` here, `HDF5Archive` in IO-HDF5. They know nothing of Keras.
public protocol ArrayArchive: Sendable {
  /// What to call this archive in messages: a file's path.
  var name: String { get }
  /// The names directly below a group; order is the archive's own. Throws where there is no such group.
  func children(of path: String) throws(CoreError) -> [String]
  func isGroup(_ path: String) throws(CoreError) -> Bool
  func exists(_ path: String) throws(CoreError) -> Bool
  /// nil where the object has no such attribute. An empty list of whatever type is `.strings([])`.
  func attribute(_ name: String, at path: String) throws(CoreError) -> ArchiveValue?
  /// Shape and element type without reading the values.
  func spec(of path: String) throws(CoreError) -> TensorSpec
  func tensor(at path: String) throws(CoreError) -> Tensor
}

/// An archive under construction.
public protocol MutableArrayArchive: ArrayArchive {
  /// Makes a group and those above it.
  mutating func makeGroup(_ path: String) throws(CoreError)
  mutating func setAttribute(_ name: String, at path: String, _ value: ArchiveValue) throws(CoreError)
  /// Writes an array, making the groups above it. Throws where something of that name exists.
  mutating func write(_ tensor: Tensor, at path: String) throws(CoreError)
}
