import Apus
import BackendOpenBLAS

/// Installs the plugins that this program comes with. One whose library is missing is left out, and said so: everything
/// works without, only slower.
func installPlugins() {
  do throws(CoreError) {
    try PluginHost.install(OpenBLASPlugin.self)
  } catch {
    Console.note("note: \(error); computing without it, slower")
  }
}
