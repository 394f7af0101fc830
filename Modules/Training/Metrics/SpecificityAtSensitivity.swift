public import TensorCore

/// The largest specificity at any threshold whose sensitivity is the given one at least. Targets are 0 or 1, of the
/// predictions' shape. Keras: `SpecificityAtSensitivity`.
public struct SpecificityAtSensitivity: Metric {
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

  private var counter: ThresholdCounts { ThresholdCounts(evenly: max(1, numThresholds)) }

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard (0...1).contains(sensitivity), numThresholds > 0 else {
      throw CoreError(
        .invalidConfig,
        "\(Self.names[0]): found sensitivity \(sensitivity) with \(numThresholds) thresholds, expected 0 to 1, and some"
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
    let feasible = zip(counts.recalls, counts.specificities).filter { $0.0 >= sensitivity }
    return feasible.map(\.1).max() ?? 0
  }
}
