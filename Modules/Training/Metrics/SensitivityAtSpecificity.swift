public import TensorCore

/// The largest sensitivity at any threshold whose specificity is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `SensitivityAtSpecificity`.
public struct SensitivityAtSpecificity: Metric {
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

  private var counter: ThresholdCounts { ThresholdCounts(evenly: max(1, numThresholds)) }

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard (0...1).contains(specificity), numThresholds > 0 else {
      throw CoreError(
        .invalidConfig,
        "\(Self.names[0]): found specificity \(specificity) with \(numThresholds) thresholds, expected 0 to 1, and some"
      )
    }
    try expectSameShape(targets, predictions)
    try TopKFilter(topK: nil, classId: classId).check(predictions, Self.names[0])
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let (targets, predictions) = TopKFilter(topK: nil, classId: classId)(targets, predictions)
    return counter.statistics(targets, predictions, weights: weights)
  }

  public func result(_ state: [Double]) -> Double {
    let counts = counter.counts(state)
    let feasible = zip(counts.specificities, counts.recalls).filter { $0.0 >= specificity }
    return feasible.map(\.1).max() ?? 0
  }
}
