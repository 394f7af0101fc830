internal import TensorCore

/// One number per spatial axis, outermost first: kernel sizes, strides, windows. In code and configs one number stands for
/// all axes.
public struct Sizes<let rank: Int>: Hashable, Sendable {
  public private(set) var array: [Int]

  /// Traps unless there are one or `rank` numbers.
  public init(_ numbers: [Int]) {
    CoreError.require(
      numbers.count == rank || numbers.count == 1, .invalidArgument,
      "found \(numbers), expected one or \(rank) numbers")
    array = numbers.count == rank ? numbers : Array(repeating: numbers[0], count: rank)
  }
}

extension Sizes: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, CustomStringConvertible {
  public init(integerLiteral value: Int) { self.init([value]) }

  /// Traps unless there are one or `rank` numbers.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  public var description: String {
    "(" + array.map(String.init).joined(separator: ", ") + (rank == 1 ? ",)" : ")")
  }
}

extension Sizes: Codable {
  public init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Int.self) {
      self.init([number])
      return
    }
    let numbers = try [Int](from: decoder)
    guard numbers.count == rank || numbers.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "found \(numbers), expected one or \(rank) numbers"))
    }
    self.init(numbers)
  }

  public func encode(to encoder: any Encoder) throws { try array.encode(to: encoder) }
}

extension Layer {
  /// Throws unless every number could be a window's: from 1 on, and small enough to calculate with.
  func expectWindow(_ sizes: [Int], _ key: String) throws(CoreError) {
    let limit = Int(Int32.max)
    let isPossible = sizes.allSatisfy { (1...limit).contains($0) }
    let found = "(" + sizes.map(String.init).joined(separator: ", ") + (sizes.count == 1 ? ",)" : ")")
    try expect(isPossible, key, found, "numbers from 1 to \(limit)")
  }

  func expectWindow(_ pair: Pair, _ key: String) throws(CoreError) { try expectWindow(pair.array, key) }
}
