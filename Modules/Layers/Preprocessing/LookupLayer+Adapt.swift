public import TensorCore

extension LookupLayer {
  /// The recipe with the vocabulary of data: the most frequent tokens first, and of equally frequent ones the last first.
  ///
  /// A sample, along the first axis, is a document where document frequencies are wanted (`tfIDF`): the weight of a token
  /// is `log(1 + documents / (1 + documents with it))`.
  ///
  /// - Parameter next: gives a batch of tokens, until there are no more: nil.
  /// - Throws: `invalidConfig` where the recipe has a vocabulary, `invalidData` where there are no tokens or no data of
  ///   the right kind, or what `next` throws.
  public func adapted(batches next: () throws -> Tensor?) throws(CoreError) -> Self {
    var counts = TokenCounts<Key>()
    while let batch = try nextBatch(next) { counts.add(try documents(batch)) }
    return try adapted(to: counts)
  }

  /// The recipe with the vocabulary of what has been counted.
  func adapted(to counts: TokenCounts<Key>) throws(CoreError) -> Self {
    guard vocabulary == nil else {
      throw CoreError(
        .invalidConfig,
        "\(Self.kind): found a vocabulary of \(vocabulary?.count ?? 0) tokens, expected none: set it to nil to adapt")
    }
    var special: [Key] = []
    for token in [maskToken, oovToken] { if let token { special.append(Self.key(token)) } }
    var tokens = counts.tokens(without: Set(special))
    if let maxTokens { tokens = Array(tokens.prefix(max(0, maxTokens - tokenStart))) }
    try expectData(!tokens.isEmpty)
    var result = self
    result.vocabulary = tokens.map(Self.token)
    if outputMode == .tfIDF { result.idfWeights = tokens.map(counts.inverseFrequency) }
    return result
  }

  /// The tokens of each sample.
  func documents(_ batch: Tensor) throws(CoreError) -> [[Key]] {
    let keys = try keys(of: batch)
    let count = batch.rank == 0 ? 1 : batch.shape[0]
    let size = count == 0 ? 0 : keys.count / count
    return (0..<count).map { Array(keys[$0 * size..<($0 + 1) * size]) }
  }

  /// All tokens of a tensor.
  private func keys(of batch: Tensor) throws(CoreError) -> [Key] {
    if Key.self == TextKey.self {
      try expectText(batch.spec, Self.kind)
      return batch.utf8Strings.map { TextKey($0) as! Key }
    }
    return batch.cast(to: .int64).scalars(of: Int64.self).map { $0 as! Key }
  }
}

/// How often tokens come, and in how many documents.
struct TokenCounts<Key: Hashable & Comparable> {
  private var counts: [Key: Int] = [:]
  private var documentCounts: [Key: Int] = [:]
  private var documentCount = 0

  mutating func add(_ documents: [[Key]]) {
    documentCount += documents.count
    for document in documents {
      for token in document { counts[token, default: 0] += 1 }
      for token in Set(document) { documentCounts[token, default: 0] += 1 }
    }
  }

  /// The most frequent first; of equally frequent ones the last first.
  func tokens(without special: Set<Key>) -> [Key] {
    counts.filter { !special.contains($0.key) }
      .sorted { ($0.value, $0.key) > ($1.value, $1.key) }
      .map(\.key)
  }

  func inverseFrequency(of token: Key) -> Double {
    logarithm(1 + Double(documentCount) / Double(1 + documentCounts[token, default: 0]))
  }

  private func logarithm(_ x: Double) -> Double { Tensor([x]).log().scalar(of: Double.self) }
}
