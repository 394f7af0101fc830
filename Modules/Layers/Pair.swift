internal import TensorCore

/// Two numbers for the two spatial axes, height first. In code and configs one number stands for both.
public struct Pair: Hashable, Sendable {
  public var height: Int
  public var width: Int

  public init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }

  public var array: [Int] { [height, width] }
}

extension Pair: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, CustomStringConvertible {
  public init(integerLiteral value: Int) { self.init(value, value) }

  /// Traps unless there are one or two numbers.
  public init(arrayLiteral elements: Int...) {
    CoreError.require(
      (1...2).contains(elements.count), .invalidArgument, "found \(elements), expected one or two numbers")
    self.init(elements[0], elements.last!)
  }

  public var description: String { "(\(height), \(width))" }
}

extension Pair: Codable {
  public init(from decoder: any Decoder) throws {
    if let both = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(both, both)
      return
    }
    let numbers = try [Int](from: decoder)
    guard (1...2).contains(numbers.count) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "found \(numbers), expected one or two numbers"))
    }
    self.init(numbers[0], numbers.last!)
  }

  public func encode(to encoder: any Encoder) throws { try array.encode(to: encoder) }
}
