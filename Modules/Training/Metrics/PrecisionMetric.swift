/// The share of predictions above the threshold whose targets are positive. Targets are 0 or 1, of the predictions'
/// shape. Keras: `Precision`.
public struct PrecisionMetric: ThresholdMetric {
  public static let kind = "Precision"
  public static let names = ["precision"]
  public static let template = PrecisionMetric()

  /// nil: one half, or none with `topK`. With several there is a number for each.
  public var thresholds: Thresholds?
  /// Only this many of the largest predictions of a sample can be positive.
  public var topK: Int?
  /// The one class that counts; nil: all.
  public var classId: Int?

  public init(thresholds: Thresholds? = nil, topK: Int? = nil, classId: Int? = nil) {
    (self.thresholds, self.topK, self.classId) = (thresholds, topK, classId)
  }

  var counter: ThresholdCounts {
    ThresholdCounts(thresholds?.values ?? [topK == nil ? 0.5 : Double(TopKFilter.least)])
  }
  var filter: TopKFilter { TopKFilter(topK: topK, classId: classId) }

  func results(_ counts: ThresholdCounts.Counts) -> [Double] { counts.precisions }
}
