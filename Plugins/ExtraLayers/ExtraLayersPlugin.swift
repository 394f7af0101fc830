internal import Layers
public import TensorCore

/// Layers that Keras has not: `LocalResponseNormalization` and `InstanceNormalization`.
///
/// ```swift
/// try PluginHost.install(ExtraLayersPlugin.self)
/// ```
///
/// Files name them `Apus>LocalResponseNormalization` and `Apus>InstanceNormalization`; `Docs/extra_layers.py` are the same
/// layers for Keras, which loads such files once it is imported.
public enum ExtraLayersPlugin: Plugin {
  public static let name = "ExtraLayers"

  /// - Parameter host: where the layers are registered.
  public static func install(into host: inout PluginHost) throws(CoreError) {
    host.register(LocalResponseNormalization.self)
    host.register(InstanceNormalization.self)
  }
}
