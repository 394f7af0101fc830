/// A type that is a single JSON value rather than something that codes itself through containers.
protocol JSONConvertible {
  /// What a message says was expected.
  static var expectation: String { get }
  init?(json: JSON)
  var json: JSON { get }
}

extension JSON: JSONConvertible {
  static var expectation: String { "a value" }
  init?(json: JSON) { self = json }
  var json: JSON { self }
}

extension JSONObject: JSONConvertible {
  static var expectation: String { "an object" }

  init?(json: JSON) {
    guard let members = json.objectValue else { return nil }
    self = members
  }

  var json: JSON { .object(self) }
}

extension Bool: JSONConvertible {
  static var expectation: String { "true or false" }

  init?(json: JSON) {
    guard let value = json.boolValue else { return nil }
    self = value
  }

  var json: JSON { .bool(self) }
}

extension String: JSONConvertible {
  static var expectation: String { "a string" }

  init?(json: JSON) {
    guard let value = json.stringValue else { return nil }
    self = value
  }

  var json: JSON { .string(self) }
}

extension Double: JSONConvertible {
  static var expectation: String { "a number" }

  init?(json: JSON) {
    guard let value = json.doubleValue else { return nil }
    self = value
  }

  var json: JSON { .number(self) }
}

extension Float: JSONConvertible {
  static var expectation: String { "a number within the range of float32" }

  init?(json: JSON) {
    guard let value = json.doubleValue else { return nil }
    self = Float(value)
    guard isInfinite == value.isInfinite else { return nil }
  }

  /// The double with the digits of the float: 0.001 rather than 0.0010000000474974513.
  var json: JSON { .number(Double(description) ?? Double(self)) }
}

extension FixedWidthInteger {
  static var expectation: String {
    Self.bitWidth == Int.bitWidth && Self.isSigned ? "an integer" : "an integer from \(Self.min) to \(Self.max)"
  }

  init?(json: JSON) {
    switch json {
    case .integer(let value): self.init(exactly: value)
    case .number(let value): self.init(exactly: value)
    default: return nil
    }
  }

  var json: JSON { Int(exactly: self).map { .integer($0) } ?? .number(Double(self)) }
}

extension Int: JSONConvertible {}
extension Int8: JSONConvertible {}
extension Int16: JSONConvertible {}
extension Int32: JSONConvertible {}
extension Int64: JSONConvertible {}
extension Int128: JSONConvertible {}
extension UInt: JSONConvertible {}
extension UInt8: JSONConvertible {}
extension UInt16: JSONConvertible {}
extension UInt32: JSONConvertible {}
extension UInt64: JSONConvertible {}
extension UInt128: JSONConvertible {}

/// Marks dictionaries: their keys have no order to keep.
protocol JSONDictionary {}

extension Dictionary: JSONDictionary {}
