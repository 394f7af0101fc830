/// How many negative targets have a prediction up to the threshold. Keras: `TrueNegatives`.
public struct TrueNegatives: ThresholdMetric {
  public static let kind = "TrueNegatives"
  public static let names = ["true_negatives"]
  public static let template = TrueNegatives()

  /// nil: one half. With several there is a number for each.
  public var thresholds: Thresholds?

  public init(thresholds: Thresholds? = nil) { self.thresholds = thresholds }

  var counter: ThresholdCounts { ThresholdCounts(thresholds?.values ?? [0.5]) }

  func results(_ counts: ThresholdCounts.Counts) -> [Double] { counts.trueNegatives }
}
