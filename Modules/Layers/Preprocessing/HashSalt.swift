internal import TensorCore

/// The key of a hash that is not to be guessed: two numbers, of which a config may write one for both.
public struct HashSalt: Hashable, Sendable {
  public var first: UInt64
  public var second: UInt64

  public init(_ first: UInt64, _ second: UInt64) { (self.first, self.second) = (first, second) }

  /// One number for both.
  public init(_ number: UInt64) { self.init(number, number) }
}

extension HashSalt: Codable {
  /// Throws `invalidConfig` for what is neither a number nor two.
  public init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(UInt64(bitPattern: Int64(number)))
      return
    }
    let numbers = try [Int](from: decoder)
    guard numbers.count == 2 else {
      throw CoreError(.invalidConfig, "found salt \(numbers), expected a number or two")
    }
    self.init(UInt64(bitPattern: Int64(numbers[0])), UInt64(bitPattern: Int64(numbers[1])))
  }

  public func encode(to encoder: any Encoder) throws {
    try [Int64(bitPattern: first), Int64(bitPattern: second)].map { Int($0) }.encode(to: encoder)
  }
}

/// Bins by the hash of bytes, as TensorFlow's `to_hash_bucket_fast` and, with a salt, `to_hash_bucket_strong`.
struct HashBins: Hashable, Sendable {
  var count: Int
  var salt: HashSalt?

  func callAsFunction(_ bytes: [UInt8]) -> Int64 {
    let hash = salt.map { SipHash.hash(bytes, key: ($0.first, $0.second)) } ?? FarmHash.fingerprint(bytes)
    return Int64(hash % UInt64(count))
  }

  /// Of a number, by its decimal digits.
  func callAsFunction(_ number: Int64) -> Int64 { self(Array("\(number)".utf8)) }
}
