/// An archive without a file: for tests, and for carrying weights between models.
public struct InMemoryArchive: MutableArrayArchive {
  public let name: String
  private var groups: Set<String> = [""]
  private var arrays: [String: Tensor] = [:]
  private var attributes: [String: [String: ArchiveValue]] = [:]

  public init(name: String = "memory") { self.name = name }

  public func children(of path: String) throws(CoreError) -> [String] {
    let path = Self.trimmed(path)
    guard groups.contains(path) else { throw missing(path) }
    let prefix = path.isEmpty ? "" : path + "/"
    let below = (groups.union(arrays.keys)).filter { $0.hasPrefix(prefix) && $0 != path }
    return Set(below.map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }).sorted()
  }

  public func isGroup(_ path: String) -> Bool { groups.contains(Self.trimmed(path)) }

  public func exists(_ path: String) -> Bool { isGroup(path) || arrays[Self.trimmed(path)] != nil }

  public func attribute(_ name: String, at path: String) throws(CoreError) -> ArchiveValue? {
    guard exists(path) else { throw missing(path) }
    return attributes[Self.trimmed(path)]?[name]
  }

  public func spec(of path: String) throws(CoreError) -> TensorSpec { try tensor(at: path).spec }

  public func tensor(at path: String) throws(CoreError) -> Tensor {
    guard let tensor = arrays[Self.trimmed(path)] else { throw missing(path) }
    return tensor
  }

  public mutating func makeGroup(_ path: String) throws(CoreError) {
    let parts = Self.trimmed(path).split(separator: "/")
    for end in 0...parts.count {
      let prefix = parts[..<end].joined(separator: "/")
      guard arrays[prefix] == nil else {
        throw CoreError(.cannotWrite, "found an array where a group was to be made", path: [name, prefix])
      }
      groups.insert(prefix)
    }
  }

  public mutating func setAttribute(_ name: String, at path: String, _ value: ArchiveValue) throws(CoreError) {
    guard exists(path) else { throw missing(path) }
    attributes[Self.trimmed(path), default: [:]][name] = value
  }

  public mutating func write(_ tensor: Tensor, at path: String) throws(CoreError) {
    let path = Self.trimmed(path)
    guard !exists(path) else { throw CoreError(.cannotWrite, "this name is taken", path: [name, path]) }
    try makeGroup(path.split(separator: "/").dropLast().joined(separator: "/"))
    arrays[path] = tensor
  }

  private func missing(_ path: String) -> CoreError {
    CoreError(.invalidFile, "there is nothing at this path", path: [name, path])
  }

  private static func trimmed(_ path: String) -> String { path.split(separator: "/").joined(separator: "/") }
}
