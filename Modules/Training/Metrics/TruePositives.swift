/// How many positive targets have a prediction above the threshold. Keras: `TruePositives`.
public struct TruePositives: ThresholdMetric {
  public static let kind = "TruePositives"
  public static let names = ["true_positives"]
  public static let template = TruePositives()

  /// nil: one half. With several there is a number for each.
  public var thresholds: Thresholds?

  public init(thresholds: Thresholds? = nil) { self.thresholds = thresholds }

  var counter: ThresholdCounts { ThresholdCounts(thresholds?.values ?? [0.5]) }

  func results(_ counts: ThresholdCounts.Counts) -> [Double] { counts.truePositives }
}
