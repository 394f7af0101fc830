public import TensorCore

/// The largest precision at any threshold whose recall is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `PrecisionAtRecall`.
public struct PrecisionAtRecall: Metric {
  public static let kind = "PrecisionAtRecall"
  public static let names = ["precision_at_recall"]
  public static let template = PrecisionAtRecall(recall: 0.5)

  /// From 0 to 1.
  public var recall: Double
  /// How many thresholds there are, evenly from 0 to 1.
  public var numThresholds: Int
  /// The one class that counts; nil: all.
  public var classId: Int?

  public init(recall: Double, numThresholds: Int = 200, classId: Int? = nil) {
    (self.recall, self.numThresholds, self.classId) = (recall, numThresholds, classId)
  }

  private var counter: ThresholdCounts { ThresholdCounts(evenly: max(1, numThresholds)) }

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard (0...1).contains(recall), numThresholds > 0 else {
      throw CoreError(
        .invalidConfig,
        "\(Self.names[0]): found recall \(recall) with \(numThresholds) thresholds, expected 0 to 1, and some")
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
    let feasible = zip(counts.recalls, counts.precisions).filter { $0.0 >= recall }
    return feasible.map(\.1).max() ?? 0
  }
}
