internal import TensorCore

/// Lines over a common axis, such as the loss of training and validation over epochs.
///
/// ```swift
/// var chart = LineChart(title: "Loss", xLabel: "epoch", yLabel: "loss")
/// chart.add("training", [0.9, 0.4, 0.2], from: 1)
/// let picture = chart.svg()
/// ```
public struct LineChart: Sendable {
  /// One line with its name in the legend.
  public struct Series: Sendable {
    public var name: String
    public var x: [Double]
    /// Parallel to `x`; the line has a gap where a value is not finite.
    public var y: [Double]

    public init(name: String, x: [Double], y: [Double]) {
      CoreError.require(x.count == y.count, .shapeMismatch, "series \"\(name)\": \(x.count) x for \(y.count) y")
      (self.name, self.x, self.y) = (name, x, y)
    }
  }

  public var title: String
  public var xLabel: String
  public var yLabel: String
  public private(set) var series: [Series] = []
  /// Pixels of the whole picture.
  public var width = 560.0
  public var height = 380.0

  public init(title: String, xLabel: String, yLabel: String) {
    (self.title, self.xLabel, self.yLabel) = (title, xLabel, yLabel)
  }

  public mutating func add(_ series: Series) { self.series.append(series) }

  /// A line through `values` at `first`, `first + 1`, …
  public mutating func add(_ name: String, _ values: [Double], from first: Int = 0) {
    add(Series(name: name, x: values.indices.map { Double(first + $0) }, y: values))
  }

  /// The picture as an SVG document.
  public func svg() -> String { LineChart.svg([self]) }

  /// Charts side by side in one SVG document.
  public static func svg(_ charts: [LineChart]) -> String {
    var left = 0.0
    var elements: [String] = []
    for chart in charts {
      elements.append("<g transform=\"translate(\(SVG.number(left)) 0)\">")
      elements += chart.elements()
      elements.append("</g>")
      left += chart.width
    }
    let title = charts.map(\.title).joined(separator: ", ")
    return SVG.document(width: left, height: charts.map(\.height).max() ?? 0, title: title, elements)
  }

  // MARK: Drawing

  /// Colours that people with any colour vision tell apart (Okabe and Ito 2008).
  private static let palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
  private static let (grid, axis, faint) = ("#e6e6e6", "#888888", "#666666")

  /// Where the data go: pixels of the area between the axes, and the numbers at its edges.
  private struct Frame {
    let (left, right, top, bottom): (Double, Double, Double, Double)
    let (x, y): (Ticks, ClosedRange<Double>)
    let xRange: ClosedRange<Double>

    func column(_ value: Double) -> Double { left + Frame.fraction(value, xRange) * (right - left) }
    func row(_ value: Double) -> Double { bottom - Frame.fraction(value, y) * (bottom - top) }

    private static func fraction(_ value: Double, _ range: ClosedRange<Double>) -> Double {
      (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
  }

  private func elements() -> [String] {
    let points = series.flatMap { zip($0.x, $0.y) }.filter { $0.0.isFinite && $0.1.isFinite }
    let (xs, ys) = (points.map(\.0), points.map(\.1))
    let isInteger = !xs.isEmpty && xs.allSatisfy { $0 == $0.rounded() }
    let xData = (xs.min() ?? 0)...(xs.max() ?? 1)
    let xTicks = Ticks(around: xData, count: 8, isInteger: isInteger)
    let yTicks = Ticks(around: (ys.min() ?? 0)...(ys.max() ?? 1))
    // Along x the data reach both edges; a single point stands in the middle.
    let xRange = xData.lowerBound < xData.upperBound ? xData : xTicks.range
    let frame = Frame(
      left: 64, right: width - 24, top: 72, bottom: height - 52, x: xTicks, y: yTicks.range, xRange: xRange)
    return axes(frame, yTicks) + legend(frame) + series.indices.flatMap { curve(series[$0], color($0), frame) }
  }

  private func color(_ index: Int) -> String { Self.palette[index % Self.palette.count] }

  private func axes(_ frame: Frame, _ yTicks: Ticks) -> [String] {
    var elements = [SVG.text(title, frame.left, 30, size: 17, color: "#222222", isBold: true)]
    for value in yTicks.values {
      let row = frame.row(value)
      elements.append(SVG.line(frame.left, row, frame.right, row, color: Self.grid))
      elements.append(
        SVG.text(yTicks.label(value), frame.left - 9, row + 4, size: 12, color: Self.faint, anchor: .end))
    }
    for value in frame.x.values where frame.xRange.contains(value) {
      let column = frame.column(value)
      elements.append(SVG.line(column, frame.bottom, column, frame.bottom + 5, color: Self.axis))
      elements.append(
        SVG.text(frame.x.label(value), column, frame.bottom + 20, size: 12, color: Self.faint, anchor: .middle))
    }
    elements.append(SVG.line(frame.left, frame.bottom, frame.right, frame.bottom, color: Self.axis))
    let middle = ((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2)
    elements.append(SVG.text(xLabel, middle.0, frame.bottom + 42, size: 13, anchor: .middle))
    elements.append(SVG.text(yLabel, 18, middle.1, size: 13, anchor: .middle, turned: true))
    return elements
  }

  private func legend(_ frame: Frame) -> [String] {
    var left = frame.left
    var elements: [String] = []
    for (index, series) in series.enumerated() {
      elements.append(SVG.line(left, 49, left + 22, 49, color: color(index), width: 2.5))
      elements.append(SVG.circle(left + 11, 49, radius: 3.5, color: color(index)))
      elements.append(SVG.text(series.name, left + 29, 53, size: 13))
      // No font is measured here; 7 pixels a letter is a little more than they take.
      left += 29 + 7 * Double(series.name.count) + 20
    }
    return elements
  }

  private func curve(_ series: Series, _ color: String, _ frame: Frame) -> [String] {
    var pieces: [[(x: Double, y: Double)]] = [[]]
    for (x, y) in zip(series.x, series.y) {
      if x.isFinite, y.isFinite {
        pieces[pieces.count - 1].append((frame.column(x), frame.row(y)))
      } else if !pieces[pieces.count - 1].isEmpty {
        pieces.append([])
      }
    }
    // Dots say where the values are, as long as they do not become a band.
    let isSparse = series.x.count <= 40
    return pieces.filter { !$0.isEmpty }.flatMap { piece in
      let dots = isSparse || piece.count == 1 ? piece.map { SVG.circle($0.x, $0.y, radius: 3.5, color: color) } : []
      return [SVG.polyline(piece, color: color, width: 2)] + dots
    }
  }
}
