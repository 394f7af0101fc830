public import TensorCore

/// How many negative targets have a prediction above the threshold. Keras: `FalsePositives`.
public struct FalsePositives: Metric {
  public static let kind = "FalsePositives"
  public static let names = ["false_positives"]
  public static let template = FalsePositives()

  /// nil: one half. Of several, the first is reported.
  public var thresholds: Thresholds?

  public init(thresholds: Thresholds? = nil) { self.thresholds = thresholds }

  private var counter: ThresholdCounts { ThresholdCounts(thresholds?.values ?? [0.5]) }

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    counter.statistics(targets, predictions, weights: weights)
  }

  public func result(_ state: [Double]) -> Double { counter.counts(state).falsePositives.first ?? 0 }
}
