/// Named entries of one sort: backends, layer kinds, optimizers.
public struct Registry<Entry: Sendable>: Sendable {
  private var entries: [String: Entry] = [:]

  public init(_ entries: [String: Entry] = [:]) { self.entries = entries }

  public subscript(name: String) -> Entry? {
    get { entries[name] }
    set { entries[name] = newValue }
  }

  public var names: [String] { entries.keys.sorted() }
}

/// A slot of the plugin host. Each module that can be extended defines one; what it brings itself is `builtIn`.
public protocol RegistryKey {
  associatedtype Entry: Sendable
  static var builtIn: Registry<Entry> { get }
}
