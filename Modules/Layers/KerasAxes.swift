internal import TensorCore

/// One axis or several, as configs spell them: `-1` or `[1, 2]`.
public struct KerasAxes: Hashable, Sendable {
  public var values: [Int]
  /// Whether it is written as a list.
  var isList: Bool

  /// One axis.
  public init(_ value: Int) { (values, isList) = ([value], false) }

  /// Several axes together.
  public init(_ values: [Int]) { (self.values, isList) = (values, true) }

  /// Counted from the front and ascending. Throws where an axis is not one of the shape behind the batch, or is named
  /// twice.
  func resolved(in shape: Shape, of kind: String, _ key: String = "axis") throws(CoreError) -> [Int] {
    let axes = values.compactMap { shape.normalized(axis: $0) }
    guard !axes.isEmpty, axes.count == values.count, Set(axes).count == axes.count,
      !axes.contains(0) || kind == "Softmax"
    else {
      throw CoreError(
        .invalidConfig,
        "\(kind): found \(key) \(values), expected different ones of \(Shape.batchDescription(shape)) behind the batch")
    }
    return axes.sorted()
  }

  /// The sizes of the axes, in the order in which they are named.
  func sizes(in shape: Shape) -> Shape { Shape(values.map { shape[$0 < 0 ? $0 + shape.rank : $0] }) }
}

extension KerasAxes: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Codable {
  public init(integerLiteral value: Int) { self.init(value) }

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  public init(from decoder: any Decoder) throws {
    if let value = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(value)
    } else {
      self.init(try [Int](from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if isList { try values.encode(to: encoder) } else { try values[0].encode(to: encoder) }
  }
}
