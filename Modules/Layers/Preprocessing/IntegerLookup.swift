public import TensorCore

/// Integers to numbers by a vocabulary, of any shape: to int64, or to vectors over the vocabulary as `CategoryEncoding`
/// makes them, int64 too, float32 with `tfIDF`. With `invert`, back to the integers. Keras: `IntegerLookup`.
///
/// Integers come in any type, fractions are cut off. With `numOovIndices` 0, an integer that the vocabulary lacks is an
/// error `invalidData` of a prediction, and traps where nobody collects `DataFaults`.
public struct IntegerLookup: LookupLayer, DataChecking {
  public static let kind = "IntegerLookup"
  public static let template = IntegerLookup()

  /// How unknown integers share several numbers.
  public enum OOVMethod: String, Codable, Sendable {
    /// By the remainder of the division by `numOovIndices`.
    case floormod
    /// By a hash of the digits.
    case farmhash
  }

  public var maxTokens: Int?
  public var numOovIndices = 1
  public var maskToken: Int?
  public var oovToken: Int? = -1
  public var vocabulary: [Int]?
  /// Keras has int64 alone.
  public var vocabularyDtype = "int64"
  public var idfWeights: [Double]?
  public var invert = false
  public var outputMode = CategoryOutput.int
  public var padToMaxTokens = false
  public var sparse = false
  public var oovMethod = OOVMethod.floormod
  /// Of the hash; SipHash64 then, FarmHash64 without.
  public var salt: HashSalt?

  /// - Parameters:
  ///   - vocabulary: the integers in order; nil: to be adapted.
  ///   - numOovIndices: how many numbers there are for integers that the vocabulary lacks.
  ///   - maskToken: what stands for nothing.
  ///   - outputMode: what becomes of the numbers.
  ///   - invert: whether to turn numbers into integers of the vocabulary.
  public init(
    vocabulary: [Int]? = nil, numOovIndices: Int = 1, maskToken: Int? = nil, outputMode: CategoryOutput = .int,
    invert: Bool = false
  ) {
    (self.vocabulary, self.numOovIndices, self.maskToken) = (vocabulary, numOovIndices, maskToken)
    (self.outputMode, self.invert) = (outputMode, invert)
  }

  public static func key(_ token: Int) -> Int64 { Int64(token) }

  public static func token(_ key: Int64) -> Int { Int(key) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...(Shape.maximumRank - 1))
    try expect(vocabularyDtype == "int64", "vocabulary_dtype", vocabularyDtype, "int64")
    try expect(salt == nil || oovMethod == .farmhash, "oov_method", oovMethod.rawValue, "farmhash, as there is a salt")
    try checkLookup()
    let map = ElementMap(.integers(invert ? try inverse() : lookup()))
    let encode = encoding(scope)
    return Forward { x, _ in encode(Tensor.apply(map, x.stopGradient().cast(to: .int64))) }
  }

  private func lookup() -> @Sendable (Int64) -> Int64 {
    let (bins, count) = (HashBins(count: max(1, numOovIndices), salt: salt), Int64(max(1, numOovIndices)))
    guard oovMethod == .floormod else { return lookup { bins($0) } }
    return lookup { ($0 % count + count) % count }
  }

  private func inverse() throws(CoreError) -> @Sendable (Int64) -> Int64 {
    guard let oovToken else {
      throw CoreError(.invalidConfig, "IntegerLookup: found oov_token null, expected an integer, as invert is set")
    }
    var tokens = Array(repeating: oovToken, count: tokenStart) + ownTokens
    if let maskToken { tokens[0] = maskToken }
    return { [tokens] in Int64(0 <= $0 && $0 < tokens.count ? tokens[Int($0)] : oovToken) }
  }
}

extension IntegerLookup: Keras2Weights, DialectSpelling {
  static func read(_ config: inout JSONObject) {
    for key in ["vocabulary_size", "has_input_vocabulary"] { config[key] = nil }
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    config.writeLookup(IntegerLookup.self, in: dialect)
    if dialect == .keras2 { config["oov_method"] = nil }
  }
}
