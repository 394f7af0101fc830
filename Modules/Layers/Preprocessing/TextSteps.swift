internal import TensorCore

/// How text is made uniform before it is cut. Keras: `standardize`.
public enum TextStandardization: String, Hashable, Sendable, CaseIterable {
  /// ASCII letters become small.
  case lower
  /// ASCII punctuation goes away.
  case stripPunctuation = "strip_punctuation"
  case lowerAndStripPunctuation = "lower_and_strip_punctuation"

  /// The same bytes but for what the case says: bytes beyond ASCII stay, as in TensorFlow.
  func callAsFunction(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for byte in text {
      switch byte {
      case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E:
        if self == .lower { result.append(byte) }
      case 0x41...0x5A: result.append(self == .stripPunctuation ? byte : byte + 0x20)
      default: result.append(byte)
      }
    }
    return result
  }
}

/// How text is cut into tokens. Keras: `split`.
public enum TextSplit: String, Hashable, Sendable, CaseIterable {
  /// At runs of ASCII whitespace.
  case whitespace
  /// Into Unicode's characters of one scalar each.
  case character

  func callAsFunction(_ text: [UInt8]) -> [[UInt8]] {
    switch self {
    case .whitespace: return text.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map(Array.init)
    case .character: return String(decoding: text, as: UTF8.self).unicodeScalars.map { Array(String($0).utf8) }
    }
  }
}

extension TextStandardization: Codable {
  public init(from decoder: any Decoder) throws { self = try Self.named("standardize", in: decoder) }
}

extension TextSplit: Codable {
  public init(from decoder: any Decoder) throws { self = try Self.named("split", in: decoder) }
}

extension RawRepresentable where Self: CaseIterable, RawValue == String {
  /// One of the cases by its name. Throws `invalidConfig` for others, and for Python functions, which no file holds.
  fileprivate static func named(_ key: String, in decoder: any Decoder) throws -> Self {
    let json = try JSON(from: decoder)
    let known = allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    guard let name = json.stringValue else {
      let function = json["registered_name"]?.stringValue ?? json["config"]?.stringValue ?? "\(json)"
      throw CoreError(
        .invalidConfig,
        "found \(key) by the Python function \"\(function)\", which a file does not hold, expected \(known) or null: "
          + "apply the function to the strings beforehand, or make a layer of your own with register(_:)")
    }
    guard let value = Self(rawValue: name) else {
      throw CoreError(.invalidConfig, "found \(key) \"\(name)\", expected \(known) or null")
    }
    return value
  }
}

/// Which runs of tokens are tokens too. Keras: `ngrams`.
public struct NGrams: Hashable, Sendable, Codable {
  /// The lengths of the runs, in the order of the results.
  public let widths: [Int]
  /// As configs have it: the most tokens, or a list of lengths.
  private let isList: Bool

  /// Every length up to one.
  public init(upTo width: Int) { (widths, isList) = (width > 0 ? Array(1...width) : [], false) }

  /// These lengths.
  public init(_ widths: [Int]) { (self.widths, isList) = (widths, true) }

  public init(from decoder: any Decoder) throws {
    if let width = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(upTo: width)
      return
    }
    let json = try JSON(from: decoder)
    // A tuple, as Keras 2 may write it.
    let items = json.arrayValue ?? json["items"]?.arrayValue
    guard let widths = items?.compactMap(\.intValue), widths.count == items?.count else {
      throw CoreError(.invalidConfig, "found ngrams \(json), expected a number, a list of numbers or null")
    }
    self.init(widths)
  }

  public func encode(to encoder: any Encoder) throws {
    if isList { try widths.encode(to: encoder) } else { try widths.count.encode(to: encoder) }
  }

  /// The runs of each length, joined by spaces.
  func callAsFunction(_ tokens: [[UInt8]]) -> [[UInt8]] {
    widths.flatMap { width in
      tokens.count < width
        ? [] : (0...tokens.count - width).map { Array(tokens[$0..<$0 + width].joined(separator: [0x20])) }
    }
  }

  /// How many runs there are of some tokens.
  func count(of tokens: Int) -> Int { widths.reduce(0) { $0 + max(0, tokens - $1 + 1) } }
}
