public import TensorCore

/// How many positive targets have a prediction up to the threshold. Keras: `FalseNegatives`.
public struct FalseNegatives: Metric {
  public static let kind = "FalseNegatives"
  public static let names = ["false_negatives"]
  public static let template = FalseNegatives()

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

  public func result(_ state: [Double]) -> Double { counter.counts(state).falseNegatives.first ?? 0 }
}
