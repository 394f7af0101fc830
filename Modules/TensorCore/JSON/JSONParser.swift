extension JSON {
  /// Parses JSON text as Python writes it.
  ///
  /// Beyond the standard, `NaN`, `Infinity` and `-Infinity` are numbers and raw control characters may stand inside strings,
  /// as old files have them. Of a key given twice the last value holds. Integers beyond 64 bits become ``number(_:)``.
  /// - Throws: ``CoreError`` with line and column of the first mistake, also for nesting beyond 512 levels.
  public init(parsing text: String) throws(CoreError) {
    try self.init(parsing: text.utf8)
  }

  /// Parses JSON text in UTF-8. Malformed UTF-8 inside strings and lone surrogates become U+FFFD.
  /// - Throws: ``CoreError`` with line and column of the first mistake, also for nesting beyond 512 levels.
  public init(parsing utf8: some Collection<UInt8>) throws(CoreError) {
    var parser = JSONParser(utf8)
    self = try parser.document()
  }
}

/// A recursive-descent parser over bytes; every byte is looked at a bounded number of times.
struct JSONParser {
  /// Deep enough for any model, shallow enough for the stack of any thread.
  static let depthLimit = 512

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ utf8: some Collection<UInt8>) {
    bytes = Array(utf8)
  }

  mutating func document() throws(CoreError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }  // A byte order mark.
    skipSpace()
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw mistake(expected: "the end of the text") }
    return value
  }

  private mutating func value() throws(CoreError) -> JSON {
    switch current {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"): return try number()
    case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try word("NaN", .number(.nan))
    case UInt8(ascii: "I"): return try word("Infinity", .number(.infinity))
    default: throw mistake(expected: "a value")
    }
  }
}

// MARK: - Containers

extension JSONParser {
  private mutating func object() throws(CoreError) -> JSON {
    try enter()
    var members = JSONObject()
    if !take("}") {
      repeat {
        skipSpace()
        guard current == UInt8(ascii: "\"") else { throw mistake(expected: "a key in quotes") }
        let key = try string()
        skipSpace()
        guard take(":") else { throw mistake(expected: "':' after a key") }
        skipSpace()
        members[key] = try value()
        skipSpace()
      } while take(",")
      guard take("}") else { throw mistake(expected: "',' or '}' after a member") }
    }
    depth -= 1
    return .object(members)
  }

  private mutating func array() throws(CoreError) -> JSON {
    try enter()
    var elements: [JSON] = []
    if !take("]") {
      repeat {
        skipSpace()
        elements.append(try value())
        skipSpace()
      } while take(",")
      guard take("]") else { throw mistake(expected: "',' or ']' after an element") }
    }
    depth -= 1
    return .array(elements)
  }

  /// Steps past an opening bracket.
  private mutating func enter() throws(CoreError) {
    guard depth < Self.depthLimit else {
      throw mistake("expected at most \(Self.depthLimit) nested arrays and objects, found more")
    }
    depth += 1
    position += 1
    skipSpace()
  }
}

// MARK: - Numbers and words

extension JSONParser {
  private mutating func number() throws(CoreError) -> JSON {
    let start = position
    let isNegative = take("-")
    if isNegative, current == UInt8(ascii: "I") { return try word("Infinity", .number(-.infinity)) }
    var magnitude: Int? = 0
    if !take("0") {
      guard isDigit else { throw mistake(expected: "a digit after '-'") }
      // Counting downwards from zero for both signs, since the most negative integer has no positive twin.
      while isDigit {
        magnitude = magnitude.flatMap { appending(bytes[position] - UInt8(ascii: "0"), to: $0) }
        position += 1
      }
    }
    var isInteger = true
    if take(".") {
      isInteger = false
      try digits("a digit after '.'")
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits("a digit in the exponent")
    }
    if isInteger, let magnitude, isNegative || magnitude != .min {
      return .integer(isNegative ? magnitude : -magnitude)
    }
    // The grammar was checked above, so that the conversion cannot fail; out of range means infinity, as in Python.
    return .number(Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .nan)
  }

  private func appending(_ digit: UInt8, to negated: Int) -> Int? {
    let (tens, overflows) = negated.multipliedReportingOverflow(by: 10)
    let (sum, overflowsToo) = tens.subtractingReportingOverflow(Int(digit))
    return overflows || overflowsToo ? nil : sum
  }

  private mutating func digits(_ expectation: String) throws(CoreError) {
    guard isDigit else { throw mistake(expected: expectation) }
    while isDigit { position += 1 }
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(CoreError) -> JSON {
    guard bytes[position...].starts(with: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    else { throw mistake(expected: "'\(word)'") }
    position += word.utf8CodeUnitCount
    return value
  }
}

// MARK: - Strings

extension JSONParser {
  private mutating func string() throws(CoreError) -> String {
    let opening = position
    position += 1
    var start = position
    skipPlain()
    // Most strings have no escapes and are decoded where they stand.
    if current == UInt8(ascii: "\"") {
      defer { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    var decoded: [UInt8] = []
    while let byte = current {
      decoded.append(contentsOf: bytes[start..<position])
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: decoded, as: UTF8.self) }
      decoded.append(contentsOf: UTF8.encode(try escaped())!)
      start = position
      skipPlain()
    }
    position = opening
    throw mistake("expected '\"' at the end of the string that starts here, found the end of the text")
  }

  /// Moves to the next quote or backslash, or to the end.
  private mutating func skipPlain() {
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
  }

  /// The character of an escape sequence; the position is just after its backslash.
  private mutating func escaped() throws(CoreError) -> Unicode.Scalar {
    let character: Unicode.Scalar
    switch current {
    case UInt8(ascii: "\""): character = "\""
    case UInt8(ascii: "\\"): character = "\\"
    case UInt8(ascii: "/"): character = "/"
    case UInt8(ascii: "b"): character = "\u{8}"
    case UInt8(ascii: "f"): character = "\u{C}"
    case UInt8(ascii: "n"): character = "\n"
    case UInt8(ascii: "r"): character = "\r"
    case UInt8(ascii: "t"): character = "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw mistake(expected: "an escape character after '\\'")
    }
    position += 1
    return character
  }

  /// `XXXX` of `\uXXXX`, with the second half of a surrogate pair where there is one.
  private mutating func unicodeEscape() throws(CoreError) -> Unicode.Scalar {
    let unit = try hexUnit()
    guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
    let next = position
    if take("\\") {
      if current == UInt8(ascii: "u") {
        let second = try hexUnit()
        if UTF16.isTrailSurrogate(second) {
          return UTF16.decode(UTF16.EncodedScalar([unit, second]))
        }
      }
      position = next  // Something else follows: the surrogate is alone.
    }
    return "\u{FFFD}"
  }

  private mutating func hexUnit() throws(CoreError) -> UInt16 {
    position += 1
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw mistake(expected: "four hexadecimal digits after '\\u'")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}

// MARK: - Bytes

extension JSONParser {
  private var current: UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  private var isDigit: Bool {
    guard let byte = current else { return false }
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }
}

// MARK: - Errors

extension JSONParser {
  private func mistake(expected: String) -> CoreError {
    var found = "the end of the text"
    if position < bytes.count {
      let rest = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
      found = rest.unicodeScalars.first.map { $0.isASCII ? "\($0.escaped(asASCII: true))" : "\($0)" } ?? ""
      found = "'\(found)'"
    }
    return mistake("expected \(expected), found \(found)")
  }

  /// An error at the current position. Lines and columns count from 1, columns in Unicode scalars.
  private func mistake(_ message: String) -> CoreError {
    let before = bytes[..<position]
    let line = before.count { $0 == 0x0A } + 1
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return CoreError(.invalidJSON, "line \(line), column \(column): \(message)")
  }
}
