public import TensorCore

/// Strings to numbers by a vocabulary, of any shape: text (`Tensor(strings:)`) to int64, or to vectors over the
/// vocabulary as `CategoryEncoding` makes them, int64 too, float32 with `tfIDF`. With `invert`, integers to text. Keras:
/// `StringLookup`.
///
/// With `numOovIndices` 0, a string that the vocabulary lacks is an error `invalidData` of a prediction, and traps where
/// nobody collects `DataFaults`.
public struct StringLookup: LookupLayer, DataChecking {
  public static let kind = "StringLookup"
  public static let template = StringLookup()

  public var maxTokens: Int?
  public var numOovIndices = 1
  public var maskToken: String?
  public var oovToken: String? = "[UNK]"
  public var vocabulary: [String]?
  public var idfWeights: [Double]?
  public var invert = false
  public var outputMode = CategoryOutput.int
  public var padToMaxTokens = false
  public var sparse = false
  /// Of files that Keras may read the vocabulary from. Here it is UTF-8.
  public var encoding = "utf-8"
  /// Of the hash that chooses among several numbers for unknown strings. Keras: SipHash64, FarmHash64 without.
  public var salt: HashSalt?

  /// - Parameters:
  ///   - vocabulary: the strings in order; nil: to be adapted.
  ///   - numOovIndices: how many numbers there are for strings that the vocabulary lacks.
  ///   - maskToken: what stands for nothing.
  ///   - outputMode: what becomes of the numbers.
  ///   - invert: whether to turn numbers into strings.
  public init(
    vocabulary: [String]? = nil, numOovIndices: Int = 1, maskToken: String? = nil,
    outputMode: CategoryOutput = .int, invert: Bool = false
  ) {
    (self.vocabulary, self.numOovIndices, self.maskToken) = (vocabulary, numOovIndices, maskToken)
    (self.outputMode, self.invert) = (outputMode, invert)
  }

  public static func key(_ token: String) -> TextKey { TextKey(Array(token.utf8)) }

  public static func token(_ key: TextKey) -> String { String(decoding: key.bytes, as: UTF8.self) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...(Shape.maximumRank - 1))
    try checkLookup()
    if invert { return try inverse() }
    try expectText(input, Self.kind)
    let lookup = lookup()
    let map = ElementMap(.text { lookup(TextKey($0)) })
    let encode = encoding(scope)
    return Forward { x, _ in encode(Tensor.apply(map, x)) }
  }

  /// From strings to their numbers.
  func lookup() -> @Sendable (TextKey) -> Int64 {
    let bins = HashBins(count: max(1, numOovIndices), salt: salt)
    return lookup { bins($0.bytes) }
  }

  private func inverse() throws(CoreError) -> Forward {
    guard let oovToken else {
      throw CoreError(.invalidConfig, "StringLookup: found oov_token null, expected a string, as invert is set")
    }
    var tokens = Array(repeating: oovToken, count: tokenStart) + ownTokens
    if let maskToken { tokens[0] = maskToken }
    let table = Tensor(strings: tokens + [oovToken])
    let (last, count) = (Int64(tokens.count), Double(tokens.count))
    return Forward { x, _ in
      let indices = x.cast(to: .int64)
      let isKnown = indices.greaterOrEqual(0).logicalAnd(indices.less(count))
      return table.gathered(Tensor.select(isKnown, indices, Tensor(last)), axis: 0)
    }
  }
}

extension StringLookup: Keras2Weights, DialectSpelling, TextMaking {
  var makesText: Bool { invert }

  static func read(_ config: inout JSONObject) {
    for key in ["vocabulary_size", "oov_method", "vocabulary_dtype", "has_input_vocabulary"] { config[key] = nil }
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    config.writeLookup(StringLookup.self, in: dialect)
    if dialect == .keras3 { config["oov_method"] = "floormod" }
  }
}
