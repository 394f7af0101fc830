internal import TensorCore

/// How strong an augmentation is: a number is drawn from a range. In code and configs one number `f` stands for `-f...f`,
/// cut off at what the layer allows (`0...f` where nothing below 0 is).
public struct FactorRange: Hashable, Sendable {
  /// One number, or the two ends.
  public let numbers: [Double]

  /// One number for both ends.
  public init(_ number: Double) { numbers = [number] }

  /// Drawn between these; equal ones fix it.
  public init(_ low: Double, _ high: Double) { numbers = [low, high] }

  /// What the layer draws from. As in Keras, two ends may exceed what is allowed as long as they meet it.
  ///
  /// Throws where the range is not allowed, naming the key.
  func range(
    within bounds: ClosedRange<Double>, _ key: String, of layer: some Layer
  ) throws(CoreError) -> ClosedRange<Double> {
    let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
    let isAllowed =
      numbers.count == 1
      ? bounds.contains(low) : numbers.allSatisfy(\.isFinite) && low <= bounds.upperBound && high >= bounds.lowerBound
    try layer.expect(
      isAllowed, key, description, "a number or two from \(bounds.lowerBound) to \(bounds.upperBound)")
    return numbers.count == 1 ? max(-abs(low), bounds.lowerBound)...abs(low) : low...high
  }
}

extension FactorRange: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
  CustomStringConvertible
{
  public init(floatLiteral value: Double) { self.init(value) }

  public init(integerLiteral value: Int) { self.init(Double(value)) }

  /// Traps unless there are two numbers.
  public init(arrayLiteral elements: Double...) {
    CoreError.require(elements.count == 2, .invalidArgument, "found \(elements), expected two numbers")
    self.init(elements[0], elements[1])
  }

  public var description: String { numbers.count == 1 ? "\(numbers[0])" : "\(numbers)" }
}

extension FactorRange: Codable {
  public init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Double.self) {
      self.init(number)
      return
    }
    let numbers = try [Double](from: decoder)
    guard numbers.count == 2 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "found \(numbers), expected one or two numbers"))
    }
    self.init(numbers[0], numbers[1])
  }

  public func encode(to encoder: any Encoder) throws {
    if numbers.count == 1 { try numbers[0].encode(to: encoder) } else { try numbers.encode(to: encoder) }
  }
}
