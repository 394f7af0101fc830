/// How many negative targets have a prediction above the threshold. Keras: `FalsePositives`.
public struct FalsePositives: ThresholdMetric {
  public static let kind = "FalsePositives"
  public static let names = ["false_positives"]
  public static let template = FalsePositives()

  /// nil: one half. With several there is a number for each.
  public var thresholds: Thresholds?

  public init(thresholds: Thresholds? = nil) { self.thresholds = thresholds }

  var counter: ThresholdCounts { ThresholdCounts(thresholds?.values ?? [0.5]) }

  func results(_ counts: ThresholdCounts.Counts) -> [Double] { counts.falsePositives }
}
