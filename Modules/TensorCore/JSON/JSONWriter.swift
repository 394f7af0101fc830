extension JSON {
  /// The JSON text of this value as Python's `json.dumps` writes it: ASCII only, `", "` and `": "` as separators, floats
  /// in the shortest form that reads back the same (`1e-07`, `1.0`), `NaN` and `Infinity` as such.
  /// - Parameters:
  ///   - pretty: One member or element a line, indented by two spaces (`indent=2`).
  ///   - sortedKeys: Keys of objects in code point order instead of their own (`sort_keys=True`).
  public func serialized(pretty: Bool = false, sortedKeys: Bool = false) -> String {
    var writer = JSONWriter(pretty: pretty, sortedKeys: sortedKeys)
    writer.write(self, level: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private let pretty: Bool
  private let sortedKeys: Bool

  init(pretty: Bool, sortedKeys: Bool) {
    (self.pretty, self.sortedKeys) = (pretty, sortedKeys)
  }

  mutating func write(_ value: JSON, level: Int) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let value): append(value.pythonRepresentation)
    case .string(let value): write(value)
    case .array(let elements):
      write(elements, between: ("[", "]"), level: level) { writer, element in
        writer.write(element, level: level + 1)
      }
    case .object(let members):
      write(ordered(members), between: ("{", "}"), level: level) { writer, member in
        writer.write(member.key)
        writer.append(": ")
        writer.write(member.value, level: level + 1)
      }
    }
  }

  private func ordered(_ members: JSONObject) -> [JSONObject.Element] {
    guard sortedKeys else { return Array(members) }
    return members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  private mutating func write<Item>(
    _ items: [Item], between brackets: (String, String), level: Int, each: (inout JSONWriter, Item) -> Void
  ) {
    append(brackets.0)
    for (position, item) in items.enumerated() {
      if position > 0 { append(pretty ? "," : ", ") }
      breakLine(level + 1)
      each(&self, item)
    }
    if !items.isEmpty { breakLine(level) }
    append(brackets.1)
  }

  private mutating func breakLine(_ level: Int) {
    guard pretty else { return }
    append("\n")
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
  }

  private mutating func write(_ string: String) {
    append("\"")
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case "\u{8}": append("\\b")
      case "\u{C}": append("\\f")
      case " "..."~": bytes.append(UInt8(ascii: scalar))
      default: for unit in String(scalar).utf16 { appendEscape(unit) }
      }
    }
    append("\"")
  }

  private mutating func appendEscape(_ unit: UInt16) {
    let digits = String(unit, radix: 16)
    append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
  }

  private mutating func append(_ ascii: String) {
    bytes.append(contentsOf: ascii.utf8)
  }
}
