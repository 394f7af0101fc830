internal import Synchronization

/// All registries of a program, as a value. `PluginHost.shared` is the one that loading and execution use by default.
public struct PluginHost: Sendable {
  private var registries: [ObjectIdentifier: any Sendable] = [:]
  /// The names of the installed plugins, in order.
  public private(set) var plugins: [String] = []
  /// Registered names and the plugin each came from.
  private var origins: [ObjectIdentifier: [String: String]] = [:]
  private var installing: String?

  /// A host with the built-in entries only.
  public init() {}

  public subscript<K: RegistryKey>(_ key: K.Type) -> Registry<K.Entry> {
    get { registries[ObjectIdentifier(key)] as? Registry<K.Entry> ?? K.builtIn }
    set { registries[ObjectIdentifier(key)] = newValue }
  }

  /// Adds an entry and remembers which plugin it came from.
  public mutating func register<K: RegistryKey>(_ key: K.Type, _ name: String, _ entry: K.Entry) {
    self[key][name] = entry
    if let installing { origins[ObjectIdentifier(key), default: [:]][name] = installing }
  }

  /// The plugin that registered a name; nil for what is built in.
  public func origin<K: RegistryKey>(of name: String, in key: K.Type) -> String? {
    origins[ObjectIdentifier(key)]?[name]
  }

  /// Installs a plugin; installing it again does nothing. Throws what the plugin throws, changing nothing.
  public mutating func install(_ plugin: any Plugin.Type) throws(CoreError) {
    guard !plugins.contains(plugin.name) else { return }
    var host = self
    host.installing = plugin.name
    try plugin.install(into: &host)
    host.installing = nil
    host.plugins.append(plugin.name)
    self = host
  }

  // MARK: Shared

  private static let state = Mutex(Shared())

  private struct Shared: Sendable {
    var host = PluginHost()
    var backends: [any Backend] = []
  }

  /// A snapshot of the program's host.
  public static var shared: PluginHost { state.withLock { $0.host } }

  /// Installs a plugin in the program's host.
  public static func install(_ plugin: any Plugin.Type) throws(CoreError) {
    try state.withLock { state throws(CoreError) in
      try state.host.install(plugin)
      state.backends = state.host.backendChain
    }
  }

  /// The shared host's backend chain, computed when a plugin is installed rather than per operation.
  static var sharedBackends: [any Backend] { state.withLock { $0.backends } }
}

extension Execution {
  /// What kernels are chosen by at present: the names of the backends, first to last, and what they may do.
  package static var kernelSources: [String] {
    (backends ?? PluginHost.sharedBackends).map(\.name) + (allowsWinograd ? [] : [directConvolutions])
  }

  /// Whether kernels are chosen by the same as when `kernelSources` were these; nothing is made for the answer.
  package static func hasKernelSources(_ sources: [String]) -> Bool {
    let backends = backends ?? PluginHost.sharedBackends
    guard sources.count == backends.count + (allowsWinograd ? 0 : 1) else { return false }
    return backends.indices.allSatisfy { backends[$0].name == sources[$0] }
      && (allowsWinograd ? sources.last != directConvolutions : sources.last == directConvolutions)
  }

  private static var directConvolutions: String { "direct convolutions" }
}

// MARK: - Backends

/// The slot for backends.
public enum BackendRegistry: RegistryKey {
  public struct Entry: Sendable {
    public var backend: any Backend
    /// The chain asks backends with a higher priority first.
    public var priority: Int
  }

  public static var builtIn: Registry<Entry> { Registry() }
}

extension PluginHost {
  public var backends: Registry<BackendRegistry.Entry> { self[BackendRegistry.self] }

  /// Adds a backend. OpenBLAS has priority 10.
  public mutating func register(_ backend: any Backend, priority: Int) {
    register(BackendRegistry.self, backend.name, BackendRegistry.Entry(backend: backend, priority: priority))
  }

  /// The backends in the order in which they are asked.
  public var backendChain: [any Backend] {
    backends.names.compactMap { backends[$0] }.sorted { $0.priority > $1.priority }.map(\.backend)
  }
}
