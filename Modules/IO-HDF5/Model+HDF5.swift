public import Layers
public import TensorCore

extension Model {
  /// The model of a whole-model HDF5 file (`.h5`) of Keras 2 or 3, without its training config and optimizer state;
  /// `KerasFile` reads those too. Throws what `KerasFile(contentsOf:)` throws.
  public init(contentsOf path: String, host: PluginHost = .shared) throws(CoreError) {
    self = try KerasFile(contentsOf: path, host: host).model
  }

  /// Writes the model alone, never compiled as Keras says; `KerasFile` writes training config and optimizer state too.
  /// Throws `cannotWrite`; what was at `path` before is then unchanged.
  public func write(
    to path: String, dialect: KerasDialect = .keras3, host: PluginHost = .shared
  ) throws(CoreError) {
    try KerasFile(model: self).write(to: path, dialect: dialect, host: host)
  }
}
