/// Named numbers in order: `["loss": 0.31, "accuracy": 0.9]`.
public struct Logs: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public var name: String
    public var value: Double
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  public init(_ pairs: [(String, Double)]) {
    for (name, value) in pairs { self[name] = value }
  }

  public var names: [String] { entries.map(\.name) }

  public subscript(name: String) -> Double? {
    get { entries.first { $0.name == name }?.value }
    set {
      let index = entries.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): entries[index].value = value
      case (nil, let value?): entries.append(Entry(name: name, value: value))
      case (let index?, nil): entries.remove(at: index)
      case (nil, nil): break
      }
    }
  }

  /// Adds all of `other`, each name with `prefix` before it.
  public mutating func merge(_ other: Logs, prefix: String = "") {
    for entry in other.entries { self[prefix + entry.name] = entry.value }
  }

  /// The loss; NaN where there is none.
  public var loss: Double { self["loss"] ?? .nan }
}

extension Logs: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Double)...) { self.init(elements) }
}

extension Logs: CustomStringConvertible {
  public var description: String { entries.map { "\($0.name): \($0.value)" }.joined(separator: ", ") }
}
