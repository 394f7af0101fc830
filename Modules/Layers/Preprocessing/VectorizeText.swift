internal import TensorCore

/// From texts to tokens.
struct TextWords: Sendable {
  let standardize: TextStandardization?
  let split: TextSplit?
  let ngrams: NGrams?

  /// The tokens of each sample of strings `[batch, ...]`; where text is not split, every string of it is one.
  func callAsFunction(_ text: Tensor) -> [[[UInt8]]] {
    let strings = text.utf8Strings
    let count = text.shape[0]
    let size = count == 0 ? 0 : strings.count / count
    return (0..<count).map { row in
      let sample = strings[row * size..<(row + 1) * size].map { standardize?($0) ?? $0 }
      let tokens = split.map { split in sample.flatMap { split($0) } } ?? sample
      return ngrams?(tokens) ?? tokens
    }
  }
}

/// What `VectorizeText` knows. Equal to itself alone.
final class TextTable: Hashable, Sendable {
  let words: TextWords
  let number: @Sendable (TextKey) -> Int64

  init(words: TextWords, number: @escaping @Sendable (TextKey) -> Int64) {
    (self.words, self.number) = (words, number)
  }

  static func == (a: TextTable, b: TextTable) -> Bool { a === b }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  /// The most tokens of any sample.
  func longest(_ text: Tensor) -> Int { words(text).reduce(0) { max($0, $1.count) } }
}

/// The numbers of the tokens of texts: uint8 `[batch, ..., n]` to int64.
struct VectorizeText: Operation {
  static let name = "vectorize_text"

  enum Result: Hashable, Sendable {
    /// `[batch, length]`, cut off or filled up with 0.
    case sequence(Int)
    /// How often each number comes, or whether: `[batch, depth]`.
    case counts(depth: Int, isBinary: Bool)
  }

  let table: TextTable
  let result: Result

  private var width: Int {
    switch result {
    case .sequence(let length): length
    case .counts(let depth, _): depth
    }
  }

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectText(inputs[0], Self.name)
    return [TensorSpec([inputs[0].shape[0], width], .int64)]
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (samples, width) = (table.words(inputs[0]), width)
    outputs[0].withMutableScalars(of: Int64.self) { results in
      results.update(repeating: 0)
      for (row, words) in samples.enumerated() {
        switch result {
        case .sequence:
          for (column, word) in words.prefix(width).enumerated() {
            results[row * width + column] = table.number(TextKey(word))
          }
        case .counts(_, let isBinary):
          for word in words {
            let number = table.number(TextKey(word))
            guard number < width else { continue }
            let slot = row * width + Int(number)
            results[slot] = isBinary ? 1 : results[slot] + 1
          }
        }
      }
    }
  }
}
