/// The largest recall at any threshold whose precision is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `RecallAtPrecision`.
public struct RecallAtPrecision: ConstrainedRate {
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

  var value: Double { precision }

  func rates(_ counts: ThresholdCounts.Counts) -> (bound: [Double], reported: [Double]) {
    (counts.precisions, counts.recalls)
  }
}
