/// A JSON value as Python's `json` module knows it: integers and floats are different things, and `NaN` and the
/// infinities are numbers.
///
/// Keras distinguishes `1` from `1.0` in its configs, so ``integer(_:)`` and ``number(_:)`` stay apart: reading a file and
/// writing it again changes neither. Use ``intValue`` and ``doubleValue`` where the difference does not matter.
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A number written without fraction and exponent that fits in 64 bits.
  case integer(Int)
  /// Any other number, `NaN` and the infinities included.
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

// MARK: - Access

extension JSON {
  /// The member called `key` if this is an object that has one, else nil.
  public subscript(key: String) -> JSON? {
    objectValue?[key]
  }

  /// The element at `index` if this is an array that is long enough, else nil.
  public subscript(index: Int) -> JSON? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  public var isNull: Bool {
    self == .null
  }

  public var stringValue: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  public var boolValue: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The integer, also when it is written as a float without fraction (`3.0`).
  public var intValue: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number, also when it is written as an integer.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  public var arrayValue: [JSON]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  public var objectValue: JSONObject? {
    guard case .object(let value) = self else { return nil }
    return value
  }
}

// MARK: - Literals

extension JSON: ExpressibleByNilLiteral {
  public init(nilLiteral: ()) {
    self = .null
  }
}

extension JSON: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) {
    self = .bool(value)
  }
}

extension JSON: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) {
    self = .integer(value)
  }
}

extension JSON: ExpressibleByFloatLiteral {
  public init(floatLiteral value: Double) {
    self = .number(value)
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) {
    self = .string(value)
  }
}

extension JSON: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: JSON...) {
    self = .array(elements)
  }
}

extension JSON: ExpressibleByDictionaryLiteral {
  /// Keeps the order of the literal; of a key given twice the last value holds.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.lazy.map { (key: $0.0, value: $0.1) }))
  }
}

// MARK: - Description

extension JSON: CustomStringConvertible {
  public var description: String {
    serialized()
  }
}

extension JSON {
  /// What an error message says was found: short whatever the size of the value.
  package var summary: String {
    switch self {
    case .null, .bool, .integer, .number:
      return serialized()
    case .string(let value):
      let limit = 40
      let isLong = value.unicodeScalars.prefix(limit + 1).count > limit
      let start = String(String.UnicodeScalarView(value.unicodeScalars.prefix(limit)))
      return JSON.string(isLong ? start + "..." : start).serialized()
    case .array(let elements):
      return elements.isEmpty ? "an empty array" : "an array of \(elements.count)"
    case .object(let members):
      return members.isEmpty ? "an empty object" : "an object with \(members.keySummary)"
    }
  }
}
