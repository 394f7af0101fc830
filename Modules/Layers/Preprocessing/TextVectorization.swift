public import TensorCore

/// Text to the numbers of its words: strings `[batch]` or `[batch, 1]` (`Tensor(strings:)`) to int64 `[batch, length]`,
/// filled up with 0, or to vectors over the vocabulary, `[batch, tokens]`, int64, float32 with `tfIDF`. Keras:
/// `TextVectorization`.
///
/// 0 stands for nothing, 1 for words that the vocabulary lacks. Without `outputSequenceLength`, the longest text of a
/// batch decides the length; a model with such a layer is computed operation by operation.
public struct TextVectorization: Layer, DataChecking {
  public static let kind = "TextVectorization"
  public static let template = TextVectorization()

  /// How large the vocabulary may become, with the numbers 0 and 1; nil: as large as it is.
  public var maxTokens: Int?
  public var standardize: TextStandardization? = .lowerAndStripPunctuation
  /// nil: every string is one token, and strings may be `[batch, n]`.
  public var split: TextSplit? = .whitespace
  public var ngrams: NGrams?
  public var outputMode = CategoryOutput.int
  /// How many tokens of each text there are, filled up or cut off; nil: as many as the longest has.
  public var outputSequenceLength: Int?
  /// Whether vectors have `maxTokens` elements, however small the vocabulary is.
  public var padToMaxTokens = false
  /// Keras's switches for tensors that there are none of here: only false can be built.
  public var sparse = false
  public var ragged = false
  /// The tokens in order, with or without `""` and `"[UNK]"` before them. nil until adapted.
  public var vocabulary: [String]?
  /// Of each token of the vocabulary, with `tfIDF`.
  public var idfWeights: [Double]?
  /// Of files that Keras may read the vocabulary from. Here it is UTF-8.
  public var encoding = "utf-8"

  /// - Parameters:
  ///   - vocabulary: the tokens in order; nil: to be adapted.
  ///   - outputSequenceLength: how many tokens of each text there are; with `int` alone.
  ///   - outputMode: what becomes of the numbers.
  public init(
    vocabulary: [String]? = nil, outputSequenceLength: Int? = nil, outputMode: CategoryOutput = .int
  ) {
    (self.vocabulary, self.outputSequenceLength, self.outputMode) = (vocabulary, outputSequenceLength, outputMode)
  }

  /// The layer that knows the vocabulary.
  var lookup: StringLookup {
    var lookup = StringLookup(vocabulary: vocabulary, maskToken: "", outputMode: outputMode)
    (lookup.maxTokens, lookup.padToMaxTokens, lookup.sparse) = (maxTokens, padToMaxTokens, sparse)
    lookup.idfWeights = idfWeights
    return lookup
  }

  /// How many numbers there are, 0 and 1 included.
  public var vocabularySize: Int { lookup.vocabularySize }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...(Shape.maximumRank - 1))
    try checkText(input)
    let lookup = lookup
    do throws(CoreError) {
      try lookup.checkLookup()
    } catch {
      let message = error.message.dropFirst(StringLookup.kind.count)
      throw CoreError(error.code, Self.kind + message, path: error.path)
    }
    let table = TextTable(words: words, number: lookup.lookup())
    let encode = lookup.encoding(scope)
    let (outputMode, length, depth) = (outputMode, outputSequenceLength, lookup.depth)
    if split == nil {
      // Every sample has the same number of tokens.
      let width = ngrams?.count(of: input.shape[1]) ?? input.shape[1]
      return Forward { x, _ in
        encode(Tensor.apply(VectorizeText(table: table, result: .sequence(length ?? width)), x))
      }
    }
    guard outputMode == .int else {
      let counts = VectorizeText(table: table, result: .counts(depth: depth, isBinary: outputMode == .multiHot))
      let weights = outputMode == .tfIDF ? lookup.weightsOfNumbers() : nil
      return Forward { x, _ in
        let counts = Tensor.apply(counts, x)
        return weights.map { counts.cast(to: .float32) * $0 } ?? counts
      }
    }
    return Forward { x, context in
      // Any length stands for the one that is not known yet.
      let length = length ?? (context.isInferringShapes ? x.shape.last : table.longest(x))
      return Tensor.apply(VectorizeText(table: table, result: .sequence(length)), x)
    }
  }

  /// From texts to tokens.
  var words: TextWords { TextWords(standardize: standardize, split: split, ngrams: ngrams) }

  var hasOpenLength: Bool { split != nil && outputMode == .int && outputSequenceLength == nil }

  private func checkText(_ input: TensorSpec) throws(CoreError) {
    try expectText(input, Self.kind)
    try expect(!ragged, "ragged", ragged, "false: there are no ragged tensors")
    try expect(
      outputMode != .oneHot || split == nil, "output_mode", outputMode.rawValue,
      "int, multi_hot, count or tf_idf: a vector for each of any number of tokens would be a ragged tensor")
    if let outputSequenceLength {
      try expect(
        outputMode == .int, "output_sequence_length", outputSequenceLength, "null, as output_mode is no int")
      try expect(outputSequenceLength > 0, "output_sequence_length", outputSequenceLength, "a number above 0, or null")
    }
    if let ngrams {
      let fits = !ngrams.widths.isEmpty && ngrams.widths.allSatisfy { $0 > 0 }
      try expect(fits, "ngrams", ngrams.widths, "numbers above 0")
    }
    let shape = input.shape.array.dropLast()
    guard split == nil ? shape.count == 2 : shape.count == 1 || (shape.count == 2 && shape[1] == 1) else {
      throw CoreError(
        .shapeMismatch,
        "TextVectorization: found strings \(Shape.batchDescription(Shape(Array(shape)))), expected "
          + (split == nil ? "(None, n)" : "(None,) or (None, 1)"))
    }
  }
}

extension TextVectorization: AdaptableLayer {
  /// The recipe with the vocabulary of texts: the most frequent tokens first, and of equally frequent ones the last first.
  ///
  /// - Parameter next: gives a batch of strings as the layer takes them, until there are no more: nil.
  /// - Throws: `invalidConfig` where the recipe has a vocabulary, `invalidData` where there are no tokens, `dtypeMismatch`
  ///   where the data are no strings, or what `next` throws.
  public func adapted(batches next: () throws -> Tensor?) throws(CoreError) -> TextVectorization {
    var counts = TokenCounts<TextKey>()
    while let batch = try nextBatch(next) {
      try expectText(batch.spec, Self.kind)
      counts.add(words(batch).map { $0.map { TextKey($0) } })
    }
    let adapted = try lookup.adapted(to: counts)
    var result = self
    (result.vocabulary, result.idfWeights) = (adapted.vocabulary, adapted.idfWeights)
    return result
  }

  /// The recipe with the vocabulary of texts. Throws what `adapted(batches:)` throws.
  public func adapted(to texts: [String]) throws(CoreError) -> TextVectorization {
    try adapted(to: Tensor(strings: texts, shape: [texts.count, 1]))
  }
}

extension TextVectorization: Keras2Weights, DialectSpelling {
  var keras2Weights: [(name: String, tensor: Tensor)] { lookup.keras2Weights }

  static func read(_ config: inout JSONObject) {
    for key in ["vocabulary_size", "has_input_vocabulary"] { config[key] = nil }
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    // Its dtype is that of strings in Keras 2, which insists on it.
    if dialect == .keras2 { config["dtype"] = "string" } else if config["dtype"] == "string" { config["dtype"] = nil }
    if let layer = config.recipe(over: template) {
      config["vocabulary_size"] = .some(layer.vocabulary == nil ? .null : .integer(layer.vocabularySize))
    }
  }
}
