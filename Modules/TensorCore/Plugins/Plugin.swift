/// Something that adds backends, layers, optimizers … to Apus.
///
/// Say `PluginHost.install(MyPlugin.self)` once at program start; nothing registers itself behind the reader's back.
public protocol Plugin {
  /// Shown by `apus backends` and `apus layers`.
  static var name: String { get }
  /// Throws where the plugin cannot work on this machine (a system library is missing).
  static func install(into host: inout PluginHost) throws(CoreError)
}
