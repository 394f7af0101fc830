/// The largest precision at any threshold whose recall is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `PrecisionAtRecall`.
public struct PrecisionAtRecall: ConstrainedRate {
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

  var value: Double { recall }

  func rates(_ counts: ThresholdCounts.Counts) -> (bound: [Double], reported: [Double]) {
    (counts.recalls, counts.precisions)
  }
}
