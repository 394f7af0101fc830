internal import TensorCore

/// What the paddings with zeros over 1 to 3 axes have in common.
protocol ZeroPaddingLayer: Layer {
  /// Before and after each spatial axis.
  var margins: [[Int]] { get }
  var dataFormat: DataFormat? { get }
}

extension ZeroPaddingLayer {
  func buildPadding(inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let rank = margins.count + 2
    _ = try expectOneInput(inputs, ranks: rank...rank)
    let limit = Int(Int32.max)
    let isPossible = margins.allSatisfy { $0.allSatisfy { (0...limit).contains($0) } }
    try expect(isPossible, "padding", "\(margins)", "numbers from 0 to \(limit)")
    let isFirst = dataFormat == .channelsFirst
    let around = { (numbers: [Int]) in isFirst ? [0, 0] + numbers : [0] + numbers + [0] }
    let (before, after) = (around(margins.map { $0[0] }), around(margins.map { $0[1] }))
    return Forward { x, _ in x.padded(before: before, after: after, value: 0) }
  }
}
