import Apus

/// How a user names an optimizer, a loss or a metric: `adam`, `adam:learning_rate=0.01,beta_1=0.8`, Keras's own JSON, or
/// `@file.json` with such JSON.
enum Settings {
  /// As a training config has it.
  static func json(_ text: String, option: String) throws(CoreError) -> JSON {
    do throws(CoreError) {
      if text.hasPrefix("@") {
        let path = String(text.dropFirst())
        let bytes = try FileBytes.read(path)
        do throws(CoreError) { return try JSON(parsing: bytes) } catch { throw error.inside(path) }
      }
      if text.hasPrefix("{") || text.hasPrefix("\"") { return try JSON(parsing: text) }
      guard let colon = text.firstIndex(of: ":") else { return .string(text) }
      let config = try settings(text[text.index(after: colon)...])
      return ["class_name": .string(String(text[..<colon])), "config": .object(config)]
    } catch {
      throw error.inside(option)
    }
  }

  /// Numbers by name: `0=0.5,2=3`.
  static func numbers(_ text: String, option: String) throws(CoreError) -> [(name: String, value: Double)] {
    var numbers: [(name: String, value: Double)] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, !sides[0].isEmpty, let value = Double(sides[1]), value.isFinite else {
        throw CoreError(.invalidArgument, "found \"\(part)\", expected name=number as in 0=0.5,2=3", path: [option])
      }
      numbers.append((sides[0], value))
    }
    return numbers
  }

  /// The keys of a value's config.
  static func names(of value: some Encodable) throws(CoreError) -> [String] {
    try JSONValueEncoder(keyStrategy: .snakeCase).encode(value).objectValue?.keys ?? []
  }

  /// Throws where a text names a setting that there is not. JSON is taken as it is: Keras writes keys that nobody reads.
  static func check(_ text: String, _ known: [String], option: String) throws(CoreError) {
    guard !text.hasPrefix("@"), !text.hasPrefix("{"), let colon = text.firstIndex(of: ":") else { return }
    for key in try settings(text[text.index(after: colon)...]).keys where !known.contains(key) {
      throw CoreError(
        .invalidArgument, "found setting \"\(key)\", expected some of \(known.joined(separator: ", "))", path: [option])
    }
  }

  private static func settings(_ text: Substring) throws(CoreError) -> JSONObject {
    var result: JSONObject = [:]
    for part in parts(text) {
      guard let sign = part.firstIndex(of: "="), sign != part.startIndex else {
        throw CoreError(.invalidArgument, "found \"\(part)\", expected key=value as in adam:learning_rate=0.01")
      }
      result[String(part[..<sign])] = value(String(part[part.index(after: sign)...]))
    }
    return result
  }

  /// Between commas, those inside of brackets and quotes excepted.
  private static func parts(_ text: Substring) -> [Substring] {
    var parts: [Substring] = []
    var start = text.startIndex
    var depth = 0
    var isQuoted = false
    for index in text.indices {
      switch text[index] {
      case "\"": isQuoted.toggle()
      case "[", "{": depth += isQuoted ? 0 : 1
      case "]", "}": depth -= isQuoted ? 0 : 1
      case "," where depth == 0 && !isQuoted:
        parts.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    return parts + [text[start...]]
  }

  /// JSON, Python's spelling of it, or plain text.
  private static func value(_ text: String) -> JSON {
    switch text {
    case "True": true
    case "False": false
    case "None": .null
    default: (try? JSON(parsing: text)) ?? .string(text)
    }
  }
}
