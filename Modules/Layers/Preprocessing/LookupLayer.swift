internal import TensorCore

/// What `StringLookup` and `IntegerLookup` have in common: tokens of a vocabulary to numbers, or back. Keras:
/// `IndexLookup`.
///
/// The numbers begin with the mask's 0 (with `int` alone, and where there is a mask), then come `numOovIndices` for what
/// the vocabulary lacks, then the vocabulary.
public protocol LookupLayer: AdaptableLayer {
  associatedtype Token: Codable & Sendable
  /// What tokens are compared by.
  associatedtype Key: Hashable & Comparable & Sendable

  /// How large the vocabulary may become, with the mask and what it lacks; nil: as large as it is.
  var maxTokens: Int? { get }
  /// How many numbers there are for tokens that the vocabulary lacks. With 0, such a token is an error.
  var numOovIndices: Int { get }
  /// What stands for nothing: number 0, or left out of vectors.
  var maskToken: Token? { get }
  /// What a number of no token becomes, when `invert` is set.
  var oovToken: Token? { get }
  /// The tokens in order, with or without those of the mask and of what it lacks before them. nil until adapted.
  var vocabulary: [Token]? { get set }
  /// Of each token of the vocabulary, with `tfIDF`.
  var idfWeights: [Double]? { get set }
  /// Whether to turn numbers into tokens.
  var invert: Bool { get }
  var outputMode: CategoryOutput { get }
  /// Whether vectors have `maxTokens` elements, however small the vocabulary is.
  var padToMaxTokens: Bool { get }
  var sparse: Bool { get }
  var salt: HashSalt? { get }

  static func key(_ token: Token) -> Key
  static func token(_ key: Key) -> Token
}

extension LookupLayer {
  /// Where the numbers of unknown tokens begin.
  var oovStart: Int { maskToken != nil && outputMode == .int ? 1 : 0 }

  /// Where the numbers of the vocabulary begin.
  var tokenStart: Int { oovStart + numOovIndices }

  /// Whether the vocabulary begins with the tokens of the mask and of what it lacks.
  var namesSpecialTokens: Bool {
    guard let vocabulary, vocabulary.count >= tokenStart else { return false }
    let special =
      [Key?](repeating: maskToken.map(Self.key), count: oovStart)
      + [Key?](repeating: oovToken.map(Self.key), count: numOovIndices)
    return zip(special, vocabulary).allSatisfy { $0 == Self.key($1) }
  }

  /// The vocabulary without the tokens of the mask and of what it lacks.
  var ownTokens: [Token] { Array((vocabulary ?? []).dropFirst(namesSpecialTokens ? tokenStart : 0)) }

  /// How many numbers there are, those of the mask and of unknown tokens included.
  public var vocabularySize: Int { tokenStart + ownTokens.count }

  /// The length of vectors.
  var depth: Int { padToMaxTokens ? maxTokens ?? 0 : vocabularySize }

  /// The recipe's own rules, as Keras has them.
  func checkLookup() throws(CoreError) {
    try expect(!sparse, "sparse", sparse, "false: there are no sparse tensors")
    try expect(numOovIndices >= 0, "num_oov_indices", numOovIndices, "0 or more")
    if let maxTokens { try expect(maxTokens > 1, "max_tokens", maxTokens, "a number above 1, or null") }
    try expect(!padToMaxTokens || maxTokens != nil, "pad_to_max_tokens", padToMaxTokens, "a max_tokens with it")
    try expect(!invert || outputMode == .int, "output_mode", outputMode.rawValue, "int, as invert is set")
    try expect(
      idfWeights == nil || outputMode == .tfIDF, "output_mode", outputMode.rawValue, "tf_idf, as there are idf_weights")
    guard let vocabulary else {
      throw CoreError(
        .invalidConfig,
        "\(Self.kind): found no vocabulary, expected one: in the config, or from adapted(to:). Legacy HDF5 files of "
          + "Keras lack those that were adapted")
    }
    try expect(!vocabulary.isEmpty, "vocabulary", "[]", "at least one token")
    try checkTokens(vocabulary)
    guard outputMode == .tfIDF else { return }
    let found = idfWeights.map { "\($0.count) numbers" } ?? "null"
    try expect(
      idfWeights?.count == vocabulary.count, "idf_weights", found, "\(vocabulary.count), one for each token")
  }

  private func checkTokens(_ vocabulary: [Token]) throws(CoreError) {
    let tokens = ownTokens.map(Self.key)
    var seen: Set<Key> = []
    for token in tokens where !seen.insert(token).inserted {
      throw CoreError(
        .invalidConfig, "\(Self.kind): found \"\(Self.token(token))\" twice in vocabulary, expected each token once")
    }
    for (name, reserved) in [("mask_token", maskToken), ("oov_token", invert ? oovToken : nil)] {
      guard let reserved, seen.contains(Self.key(reserved)) else { continue }
      throw CoreError(
        .invalidConfig,
        "\(Self.kind): found the \(name) \"\(reserved)\" inside of vocabulary, expected it first, or not at all")
    }
    if let maxTokens, tokenStart + tokens.count > maxTokens {
      throw CoreError(
        .invalidConfig,
        "\(Self.kind): found \(tokenStart + tokens.count) tokens in vocabulary, expected max_tokens \(maxTokens) at most"
      )
    }
  }

  /// The number of each token.
  func numbers() -> [Key: Int64] {
    Dictionary(uniqueKeysWithValues: ownTokens.enumerated().map { (Self.key($1), Int64(tokenStart + $0)) })
  }

  /// From a token to its number.
  ///
  /// - Parameter hash: the bin of an unknown token, among `numOovIndices`.
  func lookup(hash: @escaping @Sendable (Key) -> Int64) -> @Sendable (Key) -> Int64 {
    let (numbers, oovStart, oovCount, kind) = (numbers(), Int64(oovStart), numOovIndices, Self.kind)
    let mask = maskToken.map(Self.key)
    // Larger than any vector: left out.
    let masked = outputMode == .int ? 0 : Int64.max
    return { key in
      if key == mask { return masked }
      if let number = numbers[key] { return number }
      switch oovCount {
      case 0:
        DataFaults.report(
          CoreError(
            .invalidData,
            "\(kind): found \"\(Self.token(key))\", expected tokens of the vocabulary, as num_oov_indices is 0"))
        return 0
      case 1: return oovStart
      default: return oovStart + hash(key)
      }
    }
  }

  /// What becomes of the numbers: themselves or vectors over the vocabulary.
  ///
  /// - Parameter scope: whose Keras says what vectors are of: Keras 3's are int64, Keras 2's float32.
  func encoding(_ scope: BuildScope) -> @Sendable (Tensor) -> Tensor {
    let (mode, depth) = (outputMode, depth)
    let isFloating = mode != .int && scope.kerasMajorVersion < 3
    guard mode == .tfIDF else {
      return { isFloating ? mode.encode($0, depth: depth).cast(to: .float32) : mode.encode($0, depth: depth) }
    }
    let weights = weightsOfNumbers()
    return { mode.encode($0, depth: depth).cast(to: .float32) * weights }
  }

  /// A weight for each number, float32 `[depth]`: unknown tokens weigh what tokens weigh on average.
  func weightsOfNumbers() -> Tensor {
    var weights = idfWeights ?? []
    if !namesSpecialTokens {
      let mean = weights.reduce(0, +) / Double(weights.count)
      weights = Array(repeating: mean, count: tokenStart) + weights
    }
    weights += Array(repeating: 0, count: max(0, depth - weights.count))
    return Tensor(weights.map(Float.init))
  }
}

extension LookupLayer {
  /// The weights of the tokens, a variable without a name.
  var keras2Weights: [(name: String, tensor: Tensor)] {
    outputMode == .tfIDF ? [("Variable:0", weightsOfNumbers())] : []
  }
}

extension JSONObject {
  /// Writes what Keras says of a vocabulary besides, and leaves out what Keras 2 does not know.
  mutating func writeLookup<L: LookupLayer>(_ type: L.Type, in dialect: KerasDialect) {
    if let layer = recipe(over: L.template) {
      self["vocabulary_size"] = .some(layer.vocabulary == nil ? .null : .integer(layer.vocabularySize))
    }
    if dialect == .keras2 { self["salt"] = nil }
  }

  /// The recipe of this config.
  func recipe<L: Layer>(over template: L) -> L? {
    try? KerasCoder(dialect: .keras3, host: PluginHost()).decode(self, over: template).layer as? L
  }
}
