public import Layers
public import TensorCore

extension KerasFile {
  /// Reads a whole-model HDF5 file (`.h5`) of Keras 2 or 3.
  ///
  /// Throws `missingFile`, `invalidFile` where the file is no HDF5, is truncated or holds no model, and what
  /// `init(from:host:)` throws of its content.
  public init(contentsOf path: String, host: PluginHost = .shared) throws(CoreError) {
    try self.init(from: HDF5Archive(opening: path), host: host)
  }

  /// Writes a whole-model HDF5 file that Keras opens, whole or not at all: where it throws, what was at `path` before is
  /// unchanged.
  public func write(
    to path: String, dialect: KerasDialect = .keras3, host: PluginHost = .shared
  ) throws(CoreError) {
    try HDF5Archive.write(to: path) { (writer) throws(CoreError) in
      try write(to: &writer, dialect: dialect, host: host)
    }
  }
}
