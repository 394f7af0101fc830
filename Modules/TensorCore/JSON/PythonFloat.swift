extension Double {
  /// Python's `repr` of a float in JSON: the shortest digits that read back as the same value, with an exponent below 1e-4
  /// and from 1e16 on.
  var pythonRepresentation: String {
    if isNaN { return "NaN" }
    if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
    if self == 0 { return sign == .minus ? "-0.0" : "0.0" }
    let (digits, point) = shortestDigits
    let text: String
    if point > 16 || point <= -4 {
      text = Self.scientific(digits, exponent: point - 1)
    } else if point <= 0 {
      text = "0." + String(repeating: "0", count: -point) + digits
    } else if digits.count <= point {
      text = digits + String(repeating: "0", count: point - digits.count) + ".0"
    } else {
      text = digits.prefix(point) + "." + digits.dropFirst(point)
    }
    return self < 0 ? "-" + text : text
  }

  private static func scientific(_ digits: String, exponent: Int) -> String {
    let fraction = digits.dropFirst()
    let magnitude = String(exponent.magnitude)
    return String(digits.prefix(1)) + (fraction.isEmpty ? "" : "." + fraction) + (exponent < 0 ? "e-" : "e+")
      + (magnitude.count < 2 ? "0" : "") + magnitude
  }

  /// The shortest digits d1d2d3... without zeros at either end, and the place p of the decimal point, such that the
  /// magnitude is 0.d1d2d3... * 10^p.
  ///
  /// Swift's own description has the right digits already; only its layout differs from Python's.
  private var shortestDigits: (digits: String, point: Int) {
    let parts = magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let (whole, fraction) = (mantissa[0], mantissa.count > 1 ? mantissa[1] : "")
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let digits = whole + fraction
    let significant = digits.drop { $0 == "0" }
    let leadingZeros = digits.count - significant.count
    let end = significant.lastIndex { $0 != "0" }.map { significant.index(after: $0) } ?? significant.endIndex
    return (String(significant[..<end]), whole.count - leadingZeros + exponent)
  }
}
