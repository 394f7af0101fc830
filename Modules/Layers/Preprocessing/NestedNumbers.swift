internal import TensorCore

/// A number, or a list of numbers nested to any depth, as configs have them.
public struct NestedNumbers: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral
{
  /// The lengths of the lists, outermost first; empty for a single number.
  public let shape: [Int]
  /// All numbers, in order.
  public let values: [Double]

  /// A single number.
  public init(_ value: Double) { (shape, values) = ([], [value]) }

  /// Numbers in row-major order. Traps where their number does not fit the shape.
  public init(_ values: [Double], shape: [Int]) {
    CoreError.require(
      shape.reduce(1, *) == values.count, .shapeMismatch, "found \(values.count) numbers for shape \(shape)")
    (self.shape, self.values) = (shape, values)
  }

  public init(floatLiteral value: Double) { self.init(value) }

  public init(integerLiteral value: Int) { self.init(Double(value)) }

  public init(arrayLiteral elements: Double...) { self.init(elements, shape: [elements.count]) }
}

extension NestedNumbers: Codable {
  /// Throws `invalidConfig` where lists beside each other differ in length.
  public init(from decoder: any Decoder) throws {
    if let value = try? decoder.singleValueContainer().decode(Double.self) {
      self.init(value)
      return
    }
    let parts = try [NestedNumbers](from: decoder)
    guard let first = parts.first else {
      self.init([], shape: [0])
      return
    }
    guard parts.allSatisfy({ $0.shape == first.shape }) else {
      throw CoreError(.invalidConfig, "found lists of different lengths, expected a grid of numbers")
    }
    self.init(parts.flatMap(\.values), shape: [parts.count] + first.shape)
  }

  public func encode(to encoder: any Encoder) throws {
    guard let count = shape.first else { return try values[0].encode(to: encoder) }
    let size = count == 0 ? 0 : values.count / count
    let parts = (0..<count).map { index in
      NestedNumbers(Array(values[index * size..<(index + 1) * size]), shape: Array(shape.dropFirst()))
    }
    try parts.encode(to: encoder)
  }
}
