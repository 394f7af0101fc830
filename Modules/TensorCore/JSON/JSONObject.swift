/// The members of a JSON object in the order of the file.
///
/// A collection of `(key, value)` pairs with lookup by key. Two objects are equal when they hold the same values under the
/// same keys, whatever the order. Keys compare as Swift strings do.
public struct JSONObject: Sendable {
  public typealias Element = (key: String, value: JSON)

  private var members: [Element] = []
  /// Positions by key, kept only when there are too many members to search one by one.
  private var positions: [String: Int] = [:]

  private static let searchLimit = 8

  public init() {}

  /// An object with the pairs of a sequence in its order; of a key given twice the last value holds, at the first place.
  public init(_ pairs: some Sequence<Element>) {
    for (key, value) in pairs { self[key] = value }
  }

  /// The value of a key. Setting a new key appends it; setting nil removes the key.
  public subscript(key: String) -> JSON? {
    get {
      position(of: key).map { members[$0].value }
    }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?):
        members[position].value = value
      case (nil, let value?):
        append(key, value)
      case (let position?, nil):
        members.remove(at: position)
        reindex()
      case (nil, nil):
        break
      }
    }
  }

  public var keys: [String] {
    members.map(\.key)
  }

  public var values: [JSON] {
    members.map(\.value)
  }

  public func contains(key: String) -> Bool {
    position(of: key) != nil
  }

  private func position(of key: String) -> Int? {
    members.count > Self.searchLimit ? positions[key] : members.firstIndex { $0.key == key }
  }

  private mutating func append(_ key: String, _ value: JSON) {
    members.append((key, value))
    if members.count == Self.searchLimit + 1 {
      reindex()
    } else if members.count > Self.searchLimit {
      positions[key] = members.count - 1
    }
  }

  private mutating func reindex() {
    positions.removeAll()
    guard members.count > Self.searchLimit else { return }
    for (position, member) in members.enumerated() { positions[member.key] = position }
  }
}

extension JSONObject: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { members.count }

  public subscript(position: Int) -> Element {
    members[position]
  }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    var sum = 0  // A sum, because order must not matter.
    for (key, value) in members {
      var member = Hasher()
      member.combine(key)
      member.combine(value)
      sum &+= member.finalize()
    }
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self.init(elements.lazy.map { (key: $0.0, value: $0.1) })
  }
}

extension JSONObject: CustomStringConvertible {
  public var description: String {
    JSON.object(self).serialized()
  }

  /// The first few keys, for error messages.
  var keySummary: String {
    let limit = 8
    guard !isEmpty else { return "no keys" }
    let listed = prefix(limit).map { JSON.string($0.key).summary }.joined(separator: ", ")
    return (count == 1 ? "key " : "keys ") + listed + (count > limit ? ", ... (\(count) in all)" : "")
  }
}
