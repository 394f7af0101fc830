/// The largest sensitivity at any threshold whose specificity is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `SensitivityAtSpecificity`.
public struct SensitivityAtSpecificity: ConstrainedRate {
  public static let kind = "SensitivityAtSpecificity"
  public static let names = ["sensitivity_at_specificity"]
  public static let template = SensitivityAtSpecificity(specificity: 0.5)

  /// From 0 to 1.
  public var specificity: Double
  /// How many thresholds there are, evenly from 0 to 1.
  public var numThresholds: Int
  /// The one class that counts; nil: all.
  public var classId: Int?

  public init(specificity: Double, numThresholds: Int = 200, classId: Int? = nil) {
    (self.specificity, self.numThresholds, self.classId) = (specificity, numThresholds, classId)
  }

  var value: Double { specificity }

  func rates(_ counts: ThresholdCounts.Counts) -> (bound: [Double], reported: [Double]) {
    (counts.specificities, counts.recalls)
  }
}
