import Foundation
import Testing
import Visualization

@Suite struct LineChartTests {
  private static func chart(_ values: [Double] = [0.9, 0.4, 0.2], name: String = "training") -> LineChart {
    var chart = LineChart(title: "Loss", xLabel: "epoch", yLabel: "loss")
    chart.add(name, values, from: 1)
    return chart
  }

  @Test func aPictureIsWellFormedXML() {
    #expect(isWellFormed(Self.chart().svg()))
    #expect(isWellFormed(LineChart.svg([Self.chart(), Self.chart([1, 2])])))
  }

  @Test func namesCannotBreakThePicture() {
    let name = "a < b & \"c\" 'd' > \u{1}e"
    var chart = LineChart(title: name, xLabel: name, yLabel: name)
    chart.add(name, [1, 2])
    #expect(isWellFormed(chart.svg()))
    #expect(chart.svg().contains("a &lt; b &amp; &quot;c&quot; &#39;d&#39; &gt; e"))
  }

  @Test func everySeriesIsInTheLegendWithItsLine() {
    var chart = Self.chart()
    chart.add("validation", [0.8, 0.5, 0.3], from: 1)
    let svg = chart.svg()
    #expect(svg.contains(">training</text>") && svg.contains(">validation</text>"))
    #expect(svg.components(separatedBy: "<polyline").count == 3)
  }

  @Test func epochsHaveWholeNumbersAtTheirTicks() {
    let svg = Self.chart().svg()
    for epoch in ["1", "2", "3"] { #expect(svg.contains(">\(epoch)</text>")) }
    #expect(!svg.contains(">1.5</text>"))
  }

  @Test func axesHaveRoundNumbersAroundTheData() {
    let svg = Self.chart([0.13, 0.38]).svg()
    for tick in ["0.10", "0.15", "0.40"] { #expect(svg.contains(">\(tick)</text>"), "no tick \(tick)") }
  }

  @Test(
    arguments: [[], [1], [2, 2, 2], [.nan], [1, .nan, 2], [.infinity, 1], [1e-9, 2e-9], [-1e9, 1e9]] as [[Double]])
  func anyNumbersMakeAPicture(_ values: [Double]) {
    let svg = Self.chart(values).svg()
    #expect(isWellFormed(svg))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func aGapIsLeftWhereANumberIsMissing() {
    let svg = Self.chart([1, 2, .nan, 3, 4]).svg()
    #expect(svg.components(separatedBy: "<polyline").count == 3)
  }

  @Test func theSameDataMakeTheSamePicture() {
    #expect(Self.chart().svg() == Self.chart().svg())
  }
}

/// Whether tags open and close in order and no bare `&` stands between.
func isWellFormed(_ xml: String) -> Bool {
  var open: [Substring] = []
  var rest = xml[...]
  while let start = rest.firstIndex(of: "<") {
    guard !hasBareAmpersand(rest[..<start]), let end = rest[start...].firstIndex(of: ">") else { return false }
    let tag = rest[rest.index(after: start)..<end]
    if tag.hasPrefix("/") {
      guard open.popLast() == tag.dropFirst() else { return false }
    } else if !tag.hasSuffix("/") {
      open.append(tag.prefix { $0 != " " })
    }
    rest = rest[rest.index(after: end)...]
  }
  return open.isEmpty
}

private func hasBareAmpersand(_ text: Substring) -> Bool {
  text.split(separator: "&", omittingEmptySubsequences: false).dropFirst().contains { piece in
    !["amp;", "lt;", "gt;", "quot;", "#39;"].contains { piece.hasPrefix($0) }
  }
}
