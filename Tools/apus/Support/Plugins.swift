import Apus
import BackendOneDNN
import BackendOpenBLAS
import ExtraLayers

/// Installs the plugins that this program comes with. One whose library is missing is left out, and said so: everything
/// works without, only slower.
func installPlugins() {
  install(OneDNNPlugin.self)
  install(OpenBLASPlugin.self)
  install(ExtraLayersPlugin.self)
}

private func install(_ plugin: any Plugin.Type) {
  do throws(CoreError) {
    try PluginHost.install(plugin)
  } catch {
    Console.note("note: \(error); computing without it, slower")
  }
}
