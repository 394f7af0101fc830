public import TensorCore

/// How often each class was taken for each: rows are the truth, columns the prediction.
public struct ConfusionMatrix: Sendable {
  public let labels: [String]
  /// `counts[truth][prediction]`
  public let counts: [[Int]]

  /// Counts pairs of class numbers. Throws `invalidArgument` where the two differ in number, `invalidData` where a
  /// class has no label.
  public init(truth: [Int], predictions: [Int], labels: [String]) throws(CoreError) {
    guard truth.count == predictions.count else {
      throw CoreError(.invalidArgument, "found \(predictions.count) predictions, expected \(truth.count)")
    }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
    for (expected, found) in zip(truth, predictions) {
      guard labels.indices.contains(expected), labels.indices.contains(found) else {
        throw CoreError(
          .invalidData,
          "found class \(labels.indices.contains(expected) ? found : expected), expected 0 to \(labels.count - 1)")
      }
      counts[expected][found] += 1
    }
    (self.labels, self.counts) = (labels, counts)
  }

  public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

  /// The fraction of correct predictions; 0 where nothing was counted.
  public var accuracy: Double {
    total == 0 ? 0 : Double(labels.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total)
  }

  // MARK: Drawing

  /// The picture as an SVG document: what is right in blue, what is wrong in orange, each as dark as it is frequent.
  public func svg(title: String = "Confusion matrix") -> String {
    let cell = min(50, max(8, 520 / Double(max(1, labels.count)))).rounded()
    let grid = cell * Double(labels.count)
    let longest = Double(labels.map(\.count).max() ?? 1)
    let (left, top) = (52 + 8 * longest, 82.0)
    // Long names do not fit side by side; turned they need their length below the cells.
    let isTurned = longest * 8 > cell
    let foot = isTurned ? 16 + 8 * longest : 20
    let caption = "\(total) samples, \((accuracy * 100).text(decimals: 2)) % correct"
    var elements = [
      SVG.text(title, left, 32, size: 17, color: "#222222", isBold: true),
      SVG.text(caption, left, 54, size: 13, color: "#666666"),
      SVG.text("predicted", left + grid / 2, top + grid + foot + 24, size: 13, anchor: .middle),
      SVG.text("true", 24, top + grid / 2, size: 13, anchor: .middle, turned: true),
    ]
    let labelSize = min(13, cell * 0.8)
    for (index, label) in labels.enumerated() {
      let middle = (Double(index) + 0.5) * cell
      elements.append(
        SVG.text(label, left - 10, top + middle + labelSize * 0.35, size: labelSize, color: "#444444", anchor: .end))
      elements.append(
        isTurned
          ? SVG.text(
            label, left + middle + labelSize * 0.35, top + grid + 10, size: labelSize, color: "#444444", anchor: .end,
            turned: true)
          : SVG.text(label, left + middle, top + grid + 20, size: labelSize, color: "#444444", anchor: .middle))
    }
    elements += cells(left: left, top: top, side: cell)
    return SVG.document(width: max(400, left + grid + 32), height: top + grid + foot + 42, title: title, elements)
  }

  private func cells(left: Double, top: Double, side: Double) -> [String] {
    let rowTotals = counts.map { Double(max(1, $0.reduce(0, +))) }
    let worst =
      labels.indices.flatMap { row in
        labels.indices.filter { $0 != row }.map { Double(counts[row][$0]) / rowTotals[row] }
      }.max() ?? 0
    var elements: [String] = []
    for row in labels.indices {
      for column in labels.indices {
        let count = counts[row][column]
        let fraction = Double(count) / rowTotals[row]
        // Mistakes are few in a good classifier: their shades start over, with the most frequent one the darkest.
        let shade = row == column ? fraction : (worst > 0 ? 0.85 * fraction / worst : 0)
        let color = Self.mixed(row == column ? (0, 80, 150) : (214, 94, 0), shade)
        let (x, y) = (left + Double(column) * side, top + Double(row) * side)
        let gap = side >= 16 ? 1.5 : 0.5
        elements.append(
          SVG.rectangle(
            x, y, side - gap, side - gap, color: color,
            title: "\(labels[row]) taken for \(labels[column]): \(count)"))
        if side >= 26 {
          let ink = shade > 0.55 ? "#ffffff" : (count == 0 ? "#c4c4c4" : "#333333")
          elements.append(
            SVG.text(
              String(count), x + (side - gap) / 2, y + side / 2 + 4, size: side >= 40 ? 13 : 10, color: ink,
              anchor: .middle))
        }
      }
    }
    return elements
  }

  /// From a light grey (0) to a colour (1).
  private static func mixed(_ color: (Double, Double, Double), _ amount: Double) -> String {
    let parts = [color.0, color.1, color.2].map { 247 + ($0 - 247) * min(1, max(0, amount)) }
    return "#"
      + parts.map { part in
        let digits = String(Int(part.rounded()), radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}
