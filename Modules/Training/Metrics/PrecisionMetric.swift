public import TensorCore

/// The share of predictions above the threshold whose targets are positive. Targets are 0 or 1, of the predictions'
/// shape. Keras: `Precision`.
public struct PrecisionMetric: Metric {
  public static let kind = "Precision"
  public static let names = ["precision"]
  public static let template = PrecisionMetric()

  /// nil: one half, or none with `topK`. Of several, the first is reported.
  public var thresholds: Thresholds?
  /// Only this many of the largest predictions of a sample can be positive.
  public var topK: Int?
  /// The one class that counts; nil: all.
  public var classId: Int?

  public init(thresholds: Thresholds? = nil, topK: Int? = nil, classId: Int? = nil) {
    (self.thresholds, self.topK, self.classId) = (thresholds, topK, classId)
  }

  private var counter: ThresholdCounts {
    ThresholdCounts(thresholds?.values ?? [topK == nil ? 0.5 : Double(TopKFilter.least)])
  }

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
    try TopKFilter(topK: topK, classId: classId).check(predictions, Self.names[0])
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let (targets, predictions) = TopKFilter(topK: topK, classId: classId)(targets, predictions)
    return counter.statistics(targets, predictions, weights: weights)
  }

  public func result(_ state: [Double]) -> Double { counter.counts(state).precisions.first ?? 0 }
}
