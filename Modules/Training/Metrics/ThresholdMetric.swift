internal import TensorCore

/// What the metrics that count hits and misses at thresholds have in common. Targets are 0 or 1, of the predictions' shape.
protocol ThresholdMetric: Metric {
  var counter: ThresholdCounts { get }
  /// Which predictions count.
  var filter: TopKFilter { get }
  /// A number per threshold.
  func results(_ counts: ThresholdCounts.Counts) -> [Double]
  /// Throws where a setting makes no sense.
  func checkSettings() throws(CoreError)
}

extension ThresholdMetric {
  var filter: TopKFilter { TopKFilter(topK: nil, classId: nil) }

  func checkSettings() throws(CoreError) {}

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try checkSettings()
    try expectSameShape(targets, predictions)
    try filter.check(predictions, Self.names[0])
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let (targets, predictions) = filter(targets, predictions)
    return counter.statistics(targets, predictions, weights: weights)
  }

  public func result(_ state: [Double]) -> Double { results(state).first ?? 0 }

  public func results(_ state: [Double]) -> [Double] { results(counter.counts(state)) }
}

/// The largest of one rate at thresholds whose other rate is large enough.
protocol ConstrainedRate: ThresholdMetric {
  var value: Double { get }
  var numThresholds: Int { get }
  var classId: Int? { get }
  /// The rate that must reach the value, and the one that is reported, at each threshold.
  func rates(_ counts: ThresholdCounts.Counts) -> (bound: [Double], reported: [Double])
}

extension ConstrainedRate {
  var counter: ThresholdCounts { ThresholdCounts(evenly: max(1, numThresholds)) }
  var filter: TopKFilter { TopKFilter(topK: nil, classId: classId) }

  func checkSettings() throws(CoreError) {
    guard (0...1).contains(value), numThresholds > 0 else {
      throw CoreError(
        .invalidConfig,
        "\(Self.names[0]): found \(value) with \(numThresholds) thresholds, expected a number from 0 to 1, and some")
    }
  }

  func results(_ counts: ThresholdCounts.Counts) -> [Double] {
    let rates = rates(counts)
    return [zip(rates.bound, rates.reported).filter { $0.0 >= value }.map(\.1).max() ?? 0]
  }
}
