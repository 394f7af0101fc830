import TensorCore
import Testing

@Suite struct JSONParserTests {
  /// The text of the error that parsing gives, or what was parsed where it should not have been.
  private func mistake(_ text: String) -> String {
    do throws(CoreError) {
      return "parsed \(try JSON(parsing: text))"
    } catch {
      return error.code == .invalidJSON ? error.message : "wrong code \(error.code)"
    }
  }

  @Test func parsesEveryKindOfValue() throws {
    let text = """
      {"null": null, "yes": true, "no": false, "one": 1, "onePointZero": 1.0, "text": "relu",
       "list": [1, [], {}], "nested": {"a": {"b": [null]}}}
      """
    let value = try JSON(parsing: text)
    #expect(
      value == [
        "null": nil, "yes": true, "no": false, "one": 1, "onePointZero": 1.0, "text": "relu",
        "list": [1, [], [:]], "nested": ["a": ["b": [nil]]],
      ])
    #expect(value["one"] == .integer(1))
    #expect(value["onePointZero"] == .number(1))
    #expect(value["onePointZero"]?.intValue == 1)
    #expect(value["one"]?.doubleValue == 1)
    #expect(value["nested"]?["a"]?["b"]?[0]?.isNull == true)
    #expect(value["list"]?[3] == nil)
  }

  @Test func keepsTheOrderOfKeys() throws {
    let value = try JSON(parsing: #"{"z": 1, "a": 2, "m": 3}"#)
    #expect(value.objectValue?.keys == ["z", "a", "m"])
    let many = "{" + (0..<100).map { #""k\#((37 * $0) % 100)": \#($0)"# }.joined(separator: ",") + "}"
    let object = try #require(try JSON(parsing: many).objectValue)
    #expect(object.keys == (0..<100).map { "k\((37 * $0) % 100)" })
    #expect(object["k37"] == 1)
  }

  @Test func lastOfDuplicateKeysHolds() throws {
    let value = try JSON(parsing: #"{"a": 1, "b": 2, "a": 3}"#)
    #expect(value.serialized() == #"{"a": 3, "b": 2}"#)
  }

  @Test(arguments: [
    ("0", JSON.integer(0)), ("-0", .integer(0)), ("-0.0", .number(-0.0)), ("42", .integer(42)),
    ("-7", .integer(-7)), ("1.5", .number(1.5)), ("1e3", .number(1000)), ("1E+3", .number(1000)),
    ("1e-07", .number(1e-07)), ("-1.25e2", .number(-125)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
    ("123456789012345678901234567890", .number(1.2345678901234568e29)),
    ("1e999", .number(.infinity)), ("1e-999", .number(0)),
    ("Infinity", .number(.infinity)), ("-Infinity", .number(-.infinity)),
  ])
  func parsesNumbers(text: String, expected: JSON) throws {
    #expect(try JSON(parsing: text) == expected)
    #expect(try JSON(parsing: " [\(text)]\n") == .array([expected]))
  }

  @Test func parsesNaN() throws {
    #expect(try JSON(parsing: "NaN").doubleValue?.isNaN == true)
    #expect(try JSON(parsing: "[NaN]").serialized() == "[NaN]")
  }

  @Test(arguments: [
    (#""plain""#, "plain"), (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
    (#""\u00e9\u00E9""#, "\u{E9}\u{E9}"), (#""\ud83d\ude00""#, "\u{1F600}"), (#""a\u0000b""#, "a\u{0}b"),
    (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\ude00""#, "\u{FFFD}"),
    (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
    ("\"raw\u{1}\ttab\nline\"", "raw\u{1}\ttab\nline"), ("\"größe 🙂\"", "größe 🙂"),
  ])
  func parsesStrings(text: String, expected: String) throws {
    let value = try JSON(parsing: text).stringValue
    #expect(value.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
  }

  @Test func repairsMalformedUTF8InsideStringsOnly() throws {
    #expect(try JSON(parsing: [0x22, 0x61, 0xFF, 0x22]) == "a\u{FFFD}")
    #expect(throws: CoreError.self) { try JSON(parsing: [0xFF]) }
    #expect(throws: CoreError.self) { try JSON(parsing: [0x31, 0xC3]) }
  }

  @Test func skipsAByteOrderMark() throws {
    #expect(try JSON(parsing: [0xEF, 0xBB, 0xBF, 0x31]) == 1)
  }

  @Test(arguments: [
    ("", "line 1, column 1: expected a value, found the end of the text"),
    ("  ", "line 1, column 3: expected a value, found the end of the text"),
    ("[1,]", "line 1, column 4: expected a value, found ']'"),
    ("[1 2]", "line 1, column 4: expected ',' or ']' after an element, found '2'"),
    (#"{"a" 1}"#, "line 1, column 6: expected ':' after a key, found '1'"),
    (#"{"a": 1,}"#, "line 1, column 9: expected a key in quotes, found '}'"),
    ("{a: 1}", "line 1, column 2: expected a key in quotes, found 'a'"),
    (#"{"a": 1"#, "line 1, column 8: expected ',' or '}' after a member, found the end of the text"),
    ("{\n  \"ä\": [1,\n    x]\n}", "line 3, column 5: expected a value, found 'x'"),
    ("[\"öö\", x]", "line 1, column 8: expected a value, found 'x'"),
    ("1 2", "line 1, column 3: expected the end of the text, found '2'"),
    ("tru", "line 1, column 1: expected 'true', found 't'"),
    ("nul", "line 1, column 1: expected 'null', found 'n'"),
    ("01", "line 1, column 2: expected the end of the text, found '1'"),
    ("-", "line 1, column 2: expected a digit after '-', found the end of the text"),
    ("+1", "line 1, column 1: expected a value, found '+'"),
    (".5", "line 1, column 1: expected a value, found '.'"),
    ("1.", "line 1, column 3: expected a digit after '.', found the end of the text"),
    ("1e", "line 1, column 3: expected a digit in the exponent, found the end of the text"),
    ("-Inf", "line 1, column 2: expected 'Infinity', found 'I'"),
    (#""\x""#, "line 1, column 3: expected an escape character after '\\', found 'x'"),
    (#""\u12g4""#, "line 1, column 6: expected four hexadecimal digits after '\\u', found 'g'"),
    (#"["abc"#, "line 1, column 2: expected '\"' at the end of the string that starts here, found the end of the text"),
    ("'a'", "line 1, column 1: expected a value, found '\\''"),
    ("\u{0}", "line 1, column 1: expected a value, found '\\0'"),
  ])
  func namesPlaceAndExpectation(text: String, message: String) {
    #expect(mistake(text) == message)
  }

  @Test func limitsNesting() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    let deepest = try JSON(parsing: nested(512))
    #expect(deepest.serialized() == nested(512))
    let message = "line 1, column 513: expected at most 512 nested arrays and objects, found more"
    #expect(mistake(nested(513)) == message)
    #expect(mistake(nested(100_000)) == message)
    #expect(mistake(String(repeating: "[", count: 100_000)) == message)
    #expect(mistake(String(repeating: #"{"a":"#, count: 100_000)).contains("512 nested"))
    // Width is not depth.
    #expect(try JSON(parsing: "[" + String(repeating: "[],", count: 2000) + "[]]").arrayValue?.count == 2001)
  }

  private static let sample = #"""
    {"class_name": "Sequential", "config": [{"units": 10, "rate": -1.5e-3, "caf\u00e9 \ud83d\ude00": [true, false, null]},
    NaN, -Infinity, "größe\n", {}, []], "keras_version": "2.2.4"}
    """#

  @Test func everyTruncationFailsCleanly() throws {
    let bytes = Array(Self.sample.utf8)
    _ = try JSON(parsing: bytes)
    for end in bytes.indices {
      #expect(throws: CoreError.self, "first \(end) bytes") { try JSON(parsing: bytes[..<end]) }
    }
  }

  @Test func surviveEveryChangedByte() {
    let bytes = Array(Self.sample.utf8)
    for position in bytes.indices {
      for replacement: UInt8 in [0, 0x22, 0x5C, 0x7B, 0x5D, 0x2C, 0x30, 0xC3, 0xFF] {
        var changed = bytes
        changed[position] = replacement
        guard let value = try? JSON(parsing: changed) else { continue }
        #expect((try? JSON(parsing: value.serialized()))?.serialized() == value.serialized())
      }
    }
  }

  @Test func survivesGarbage() {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    let alphabet = Array(#"{}[]":,\u0123456789abcdefntrue-+.eENI "#.utf8) + [0x0A, 0xC3, 0xA9, 0xFF, 0]
    for _ in 0..<2000 {
      let bytes = (0..<Int(next() % 40)).map { _ in alphabet[Int(next() % UInt64(alphabet.count))] }
      guard let value = try? JSON(parsing: bytes) else { continue }
      #expect((try? JSON(parsing: value.serialized()))?.serialized() == value.serialized())
    }
  }

  @Test func parsesLargeTextsInLinearTime() throws {
    let elements = 20_000
    let text = "[" + (0..<elements).map { #"{"k\#($0)": "v\\u00e9\#($0)"}"# }.joined(separator: ",\n") + "]"
    #expect(try JSON(parsing: text).arrayValue?.count == elements)
    let members = "{" + (0..<elements).map { #""k\#($0)": \#($0)"# }.joined(separator: ",") + "}"
    #expect(try JSON(parsing: members)["k\(elements - 1)"] == .integer(elements - 1))
    let digits = String(repeating: "7", count: 100_000)
    #expect(try JSON(parsing: digits) == .number(.infinity))
  }
}
