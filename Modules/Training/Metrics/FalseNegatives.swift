/// How many positive targets have a prediction up to the threshold. Keras: `FalseNegatives`.
public struct FalseNegatives: ThresholdMetric {
  public static let kind = "FalseNegatives"
  public static let names = ["false_negatives"]
  public static let template = FalseNegatives()

  /// nil: one half. With several there is a number for each.
  public var thresholds: Thresholds?

  public init(thresholds: Thresholds? = nil) { self.thresholds = thresholds }

  var counter: ThresholdCounts { ThresholdCounts(thresholds?.values ?? [0.5]) }

  func results(_ counts: ThresholdCounts.Counts) -> [Double] { counts.falseNegatives }
}
