/// How many positive targets have a prediction up to the threshold. Keras: `FalseNegatives`.
public struct FalseNegatives: ThresholdMetric {
  public static let kind = "FalseNegatives"
  public static let names = ["false_negatives"]
  public static let template = FalseNegatives()

  /// nil: one half. Of several, the first is reported.
  public var thresholds: Thresholds?

  public init(thresholds: Thresholds? = nil) { self.thresholds = thresholds }

  var counter: ThresholdCounts { ThresholdCounts(thresholds?.values ?? [0.5]) }

  func result(_ counts: ThresholdCounts.Counts) -> Double { counts.falseNegatives.first ?? 0 }
}
