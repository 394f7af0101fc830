// Text in tensors. There is no element type for strings: a tensor of strings of shape [a, b] is a uint8 tensor [a, b, n]
// of UTF-8, filled up with zeros. It goes through plans and models like any other; n may differ from batch to batch.
extension Tensor {
  /// Strings as UTF-8, uint8 `shape + [n]`. Traps where their number does not fit the shape.
  ///
  /// All have the length n of the longest, rounded up to a power of two, 8 at least, so that models compile plans for few
  /// lengths. A string that ends with the character U+0000 comes back without it.
  ///
  /// - Parameters:
  ///   - strings: in row-major order.
  ///   - shape: nil: one axis.
  public init(strings: [String], shape: Shape? = nil) {
    let shape = shape ?? [strings.count]
    CoreError.require(
      strings.count == shape.elementCount, .shapeMismatch,
      "found \(strings.count) strings for shape \(shape), expected \(shape.elementCount)")
    let longest = strings.reduce(0) { Swift.max($0, $1.utf8.count) }
    var length = 8
    while length < longest { length *= 2 }
    var bytes = [UInt8](repeating: 0, count: strings.count * length)
    for (index, string) in strings.enumerated() {
      bytes.replaceSubrange(index * length..<index * length + string.utf8.count, with: string.utf8)
    }
    self.init(bytes, Shape(shape.array + [length]))
  }

  /// The strings of a uint8 tensor `[..., n]`, in row-major order: the UTF-8 before the zeros at the end of each.
  public var strings: [String] { utf8Strings.map { String(decoding: $0, as: UTF8.self) } }

  /// The bytes of the strings of a uint8 tensor `[..., n]`, in row-major order, without the zeros at the end of each.
  package var utf8Strings: [[UInt8]] {
    CoreError.require(
      dtype == .uint8 && rank > 0, .dtypeMismatch, "found a tensor \(spec), expected text: uint8 with bytes last")
    let length = shape.last
    return withScalars(of: UInt8.self) { bytes in
      (0..<(length == 0 ? 0 : elementCount / length)).map { row in
        let text = bytes[row * length..<(row + 1) * length]
        return Array(text[..<(text.lastIndex { $0 != 0 }.map { $0 + 1 } ?? text.startIndex)])
      }
    }
  }
}
