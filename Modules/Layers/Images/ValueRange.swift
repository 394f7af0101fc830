internal import TensorCore

/// Between which numbers the values of images lie: 0 and 255, or 0 and 1.
public struct ValueRange: Hashable, Sendable {
  public let low: Double
  public let high: Double

  /// In any order.
  public init(_ low: Double, _ high: Double) { (self.low, self.high) = (min(low, high), max(low, high)) }

  /// 0 to 255.
  public static let bytes = ValueRange(0, 255)

  var width: Double { high - low }
}

extension ValueRange: ExpressibleByArrayLiteral, Codable {
  /// Traps unless there are two numbers.
  public init(arrayLiteral elements: Double...) {
    CoreError.require(elements.count == 2, .invalidArgument, "found \(elements), expected two numbers")
    self.init(elements[0], elements[1])
  }

  public init(from decoder: any Decoder) throws {
    let numbers = try [Double](from: decoder)
    guard numbers.count == 2, numbers.allSatisfy(\.isFinite), numbers[0] != numbers[1] else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "found \(numbers), expected two different numbers"))
    }
    self.init(numbers[0], numbers[1])
  }

  public func encode(to encoder: any Encoder) throws { try [low, high].encode(to: encoder) }
}

extension Tensor {
  /// Values of one range as those of another.
  func rescaled(from source: ValueRange, to target: ValueRange) -> Tensor {
    guard source != target else { return self }
    return (self - source.low) / source.width * target.width + target.low
  }

  func clamped(to range: ValueRange) -> Tensor { clamped(range.low, range.high) }
}
