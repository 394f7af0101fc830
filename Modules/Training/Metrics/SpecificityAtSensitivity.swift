/// The largest specificity at any threshold whose sensitivity is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `SpecificityAtSensitivity`.
public struct SpecificityAtSensitivity: ConstrainedRate {
  public static let kind = "SpecificityAtSensitivity"
  public static let names = ["specificity_at_sensitivity"]
  public static let template = SpecificityAtSensitivity(sensitivity: 0.5)

  /// From 0 to 1.
  public var sensitivity: Double
  /// How many thresholds there are, evenly from 0 to 1.
  public var numThresholds: Int
  /// The one class that counts; nil: all.
  public var classId: Int?

  public init(sensitivity: Double, numThresholds: Int = 200, classId: Int? = nil) {
    (self.sensitivity, self.numThresholds, self.classId) = (sensitivity, numThresholds, classId)
  }

  var value: Double { sensitivity }

  func rates(_ counts: ThresholdCounts.Counts) -> (bound: [Double], reported: [Double]) {
    (counts.recalls, counts.specificities)
  }
}
