internal import TensorCore

/// How much is put before and after each of `rank` spatial axes, outermost first. In configs a pair per axis; also read, and
/// written in code: one number for all, or one per axis for both of its ends.
public struct Margins<let rank: Int>: Hashable, Sendable {
  /// `[before, after]` per axis.
  public private(set) var array: [[Int]]

  /// The same at all ends.
  public init(_ margin: Int) { array = Array(repeating: [margin, margin], count: rank) }

  /// A pair per axis, before and after. Traps unless there are so many.
  public init(_ pairs: [[Int]]) {
    CoreError.require(
      pairs.count == rank && pairs.allSatisfy { $0.count == 2 }, .invalidArgument,
      "found \(pairs), expected \(rank) pairs of numbers")
    array = pairs
  }
}

extension Margins: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  public init(integerLiteral value: Int) { self.init(value) }

  /// Traps unless there is a pair per axis.
  public init(arrayLiteral elements: [Int]...) { self.init(elements) }
}

extension Margins: Codable {
  public init(from decoder: any Decoder) throws {
    if let margin = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(margin)
    } else if let numbers = try? [Int](from: decoder), numbers.count == (rank == 1 ? 2 : rank) {
      self.init(rank == 1 ? [numbers] : numbers.map { [$0, $0] })
    } else if let pairs = try? [[Int]](from: decoder), pairs.count == rank, pairs.allSatisfy({ $0.count == 2 }) {
      self.init(pairs)
    } else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected a number, or before and after for each of \(rank) axes"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if rank == 1 { try array[0].encode(to: encoder) } else { try array.encode(to: encoder) }
  }
}
