/// Round numbers along an axis.
struct Ticks {
  /// In rising order; the first and last enclose the data.
  let values: [Double]
  private let decimals: Int

  /// About `count` ticks around `range`, 1, 2 or 5 times a power of ten apart.
  ///
  /// - Parameter isInteger: only whole numbers, as epochs are, from the first value of the range to its last.
  init(around range: ClosedRange<Double>, count: Int = 5, isInteger: Bool = false) {
    var (low, high) = (range.lowerBound, range.upperBound)
    if high - low <= 1e-9 * max(1, abs(low)) {
      let space = isInteger ? 1 : max(abs(low) * 0.1, 0.1)
      (low, high) = (low - space, high + space)
    }
    let rough = (high - low) / Double(max(1, count))
    var power = 1.0
    var decimals = 0
    while power > rough {
      power /= 10
      decimals += 1
    }
    while power * 10 <= rough { power *= 10 }
    var step = power * ([1, 2, 5].first { power * $0 >= rough } ?? 10)
    if step >= power * 10, decimals > 0 { decimals -= 1 }
    if isInteger { (step, decimals) = (max(1, step.rounded()), 0) }
    self.decimals = decimals
    let first = (low / step).rounded(.down)
    let last = (high / step).rounded(.up)
    values = (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  var range: ClosedRange<Double> { values[0]...values[values.count - 1] }

  func label(_ value: Double) -> String { value.text(decimals: decimals) }
}
