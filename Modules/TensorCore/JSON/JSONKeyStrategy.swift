/// How the coding keys of Swift types become keys of JSON objects, and back.
public enum JSONKeyStrategy: Hashable, Sendable {
  /// Keys are spelled the same on both sides.
  case asIs

  /// Swift's `kernelSize` is Keras's `kernel_size`.
  ///
  /// * An underscore goes before every capitalised word: `useBias` is `use_bias`, `useGPUNow` is `use_gpu_now`.
  /// * A number that ends a word of two letters or more is a word of its own: `beta1` is `beta_1`, `beta2Decay` is
  ///   `beta_2_decay`, but `l2` stays `l2` and `conv2d` stays `conv2d`.
  /// * A key that has an underscore already stays as it is.
  /// * Keys of a type that conforms to ``VerbatimCodingKey`` or that takes any string stay as they are: those of
  ///   dictionaries are data. So are the contents of ``JSON`` and ``JSONObject`` values.
  case snakeCase
}

extension JSONKeyStrategy {
  /// The strategy for keys of a type: some key types opt out.
  func applied<Key: CodingKey>(to keys: Key.Type) -> JSONKeyStrategy {
    let takesAnyString = Key(stringValue: "?") != nil && Key(stringValue: "") != nil
    return takesAnyString || keys is any VerbatimCodingKey.Type ? .asIs : self
  }

  /// The key of the JSON object for a coding key.
  package func jsonKey(_ key: String) -> String {
    self == .asIs || key.utf8.contains(UInt8(ascii: "_")) ? key : Self.snakeCased(key)
  }

  /// The coding key for a key of a JSON object. What does not come back from it the same is no converted key.
  func codingKey(_ key: String) -> String {
    guard self == .snakeCase else { return key }
    let camelCased = Self.camelCased(key)
    return jsonKey(camelCased) == key ? camelCased : key
  }

  private static func snakeCased(_ key: String) -> String {
    let letters = Array(key)
    var result = ""
    var wordLength = 0
    for (position, letter) in letters.enumerated() {
      let next = position + 1 < letters.count ? letters[position + 1] : nil
      let startsWord =
        if letter.isUppercase {
          position > 0 && (!letters[position - 1].isUppercase || next?.isLowercase == true)
        } else {
          wordLength > 1 && startsNumber(at: position, in: letters)
        }
      if startsWord {
        result += "_"
        wordLength = 0
      }
      result += letter.lowercased()
      wordLength += 1
    }
    return result
  }

  /// Whether the digits from `position` on begin here and end the word.
  private static func startsNumber(at position: Int, in letters: [Character]) -> Bool {
    guard letters[position].isNumber, position > 0, !letters[position - 1].isNumber else { return false }
    guard let after = letters[position...].first(where: { !$0.isNumber }) else { return true }
    return after.isUppercase
  }

  private static func camelCased(_ key: String) -> String {
    let words = key.split(separator: "_", omittingEmptySubsequences: false)
    return String(words[0]) + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
