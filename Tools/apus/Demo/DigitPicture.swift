import Apus

/// A digit drawn with characters.
struct DigitPicture {
  private static let (width, height) = (14, 9)
  private static let shades = Array(" .:-=+*#%@")
  private let lines: [String]

  /// - Parameter image: float32 with 28×28 numbers from 0 to 1.
  init(image: Tensor, caption: String) {
    let pixels = image.scalars(of: Float.self)
    // The digits fill the middle 20×20 pixels; a character is about twice as high as wide.
    let (first, side) = (3.0, 22.0)
    lines =
      (0..<Self.height).map { row in
        String(
          (0..<Self.width).map { column in
            let ink = Self.mean(
              pixels, rows: Self.span(row, Self.height, first, side),
              columns: Self.span(column, Self.width, first, side))
            return Self.shades[min(Self.shades.count - 1, Int(ink * Float(Self.shades.count)))]
          })
      } + [caption]
  }

  private static func span(_ index: Int, _ count: Int, _ first: Double, _ side: Double) -> Range<Int> {
    let start = Int(first + Double(index) * side / Double(count))
    return start..<max(start + 1, Int(first + Double(index + 1) * side / Double(count)))
  }

  private static func mean(_ pixels: [Float], rows: Range<Int>, columns: Range<Int>) -> Float {
    let sum = rows.reduce(Float(0)) { sum, row in columns.reduce(sum) { $0 + pixels[row * 28 + $1] } }
    return sum / Float(rows.count * columns.count)
  }

  /// Pictures side by side, captions below.
  static func rows(_ pictures: [DigitPicture], perRow: Int) -> String {
    var text = ""
    for start in stride(from: 0, to: pictures.count, by: perRow) {
      let row = pictures[start..<min(start + perRow, pictures.count)]
      for line in 0...height {
        let cells = row.map { picture in
          let cell = picture.lines[line]
          return cell + String(repeating: " ", count: max(1, width + 2 - cell.count))
        }
        var joined = cells.joined()
        while joined.hasSuffix(" ") { joined.removeLast() }
        text += joined + "\n"
      }
      text += "\n"
    }
    return text
  }
}
