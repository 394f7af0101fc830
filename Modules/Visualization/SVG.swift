/// The few pieces of SVG that the charts are made of: every function gives one element as text.
enum SVG {
  static let font = "Helvetica, Arial, 'DejaVu Sans', sans-serif"

  enum Anchor: String { case start, middle, end }

  /// The whole picture: white ground, one font.
  static func document(width: Double, height: Double, title: String, _ elements: [String]) -> String {
    let (w, h) = (number(width), number(height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(w)" height="\(h)" viewBox="0 0 \(w) \(h)" \
      font-family="\(font)">
      <title>\(escaped(title))</title>
      <rect width="\(w)" height="\(h)" fill="#ffffff"/>
      \(elements.joined(separator: "\n"))
      </svg>

      """
  }

  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, width: Double = 1
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
      + "stroke=\"\(color)\" stroke-width=\"\(number(width))\"/>"
  }

  static func polyline(_ points: [(x: Double, y: Double)], color: String, width: Double) -> String {
    let list = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    return "<polyline points=\"\(list)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"\(number(width))\" "
      + "stroke-linejoin=\"round\" stroke-linecap=\"round\"/>"
  }

  static func circle(_ x: Double, _ y: Double, radius: Double, color: String) -> String {
    "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\" fill=\"\(color)\" "
      + "stroke=\"#ffffff\" stroke-width=\"1.2\"/>"
  }

  static func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, color: String, title: String? = nil
  ) -> String {
    let open =
      "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" "
      + "fill=\"\(color)\""
    guard let title else { return open + "/>" }
    return open + "><title>\(escaped(title))</title></rect>"
  }

  /// - Parameter turned: runs upwards instead of to the right.
  static func text(
    _ text: String, _ x: Double, _ y: Double, size: Double, color: String = "#333333", anchor: Anchor = .start,
    isBold: Bool = false, turned: Bool = false
  ) -> String {
    let place = turned ? " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" : ""
    let weight = isBold ? " font-weight=\"bold\"" : ""
    return "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(number(size))\" fill=\"\(color)\" "
      + "text-anchor=\"\(anchor.rawValue)\"\(weight)\(place)>\(escaped(text))</text>"
  }

  /// Text as XML may hold it; characters that XML has no way to write are left out.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      default:
        let isAllowed = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
        if isAllowed { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }

  /// A coordinate: hundredths of a pixel are enough.
  static func number(_ value: Double) -> String {
    var text = value.text(decimals: 2)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}
