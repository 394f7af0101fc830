public import TensorCore

/// The largest recall at any threshold whose precision is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `RecallAtPrecision`.
public struct RecallAtPrecision: Metric {
  public static let kind = "RecallAtPrecision"
  public static let names = ["recall_at_precision"]
  public static let template = RecallAtPrecision(precision: 0.5)

  /// From 0 to 1.
  public var precision: Double
  /// How many thresholds there are, evenly from 0 to 1.
  public var numThresholds: Int
  /// The one class that counts; nil: all.
  public var classId: Int?

  public init(precision: Double, numThresholds: Int = 200, classId: Int? = nil) {
    (self.precision, self.numThresholds, self.classId) = (precision, numThresholds, classId)
  }

  private var counter: ThresholdCounts { ThresholdCounts(evenly: max(1, numThresholds)) }

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard (0...1).contains(precision), numThresholds > 0 else {
      throw CoreError(
        .invalidConfig,
        "\(Self.names[0]): found precision \(precision) with \(numThresholds) thresholds, expected 0 to 1, and some")
    }
    try expectSameShape(targets, predictions)
    try TopKFilter(topK: nil, classId: classId).check(predictions, Self.names[0])
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let (targets, predictions) = TopKFilter(topK: nil, classId: classId)(targets, predictions)
    return counter.statistics(targets, predictions, weights: weights)
  }

  public func result(_ state: [Double]) -> Double {
    let counts = counter.counts(state)
    let feasible = zip(counts.precisions, counts.recalls).filter { $0.0 >= precision }
    return feasible.map(\.1).max() ?? 0
  }
}
