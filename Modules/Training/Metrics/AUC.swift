public import TensorCore

internal import Glibc

/// The area under the curve of true against false positives (ROC), or of precision against recall (PR), over thresholds
/// from 0 to 1. Targets are 0 or 1, of the predictions' shape; all elements count alike. Fawcett 2006; Davis and Goadrich
/// 2006 for the interpolation of PR. Keras: `AUC`.
public struct AUC: Metric {
  public static let kind = "AUC"
  public static let names = ["auc"]
  public static let template = AUC()

  /// By Keras's names.
  public enum Curve: String, Codable, Sendable {
    case roc = "ROC"
    case pr = "PR"
  }

  /// How the area between two thresholds is found, by Keras's names.
  public enum SummationMethod: String, Codable, Sendable {
    case interpolation
    /// The smaller height.
    case minoring
    /// The larger height.
    case majoring
  }

  public var numThresholds: Int
  public var curve: Curve
  public var summationMethod: SummationMethod
  public var multiLabel = false
  public var numLabels: Int?
  public var labelWeights: [Double]?
  /// Inner thresholds instead of even ones.
  public var thresholds: [Double]?
  /// Whether predictions are logits.
  public var fromLogits: Bool

  public init(
    numThresholds: Int = 200, curve: Curve = .roc, summationMethod: SummationMethod = .interpolation,
    thresholds: [Double]? = nil, fromLogits: Bool = false
  ) {
    (self.numThresholds, self.curve, self.summationMethod) = (numThresholds, curve, summationMethod)
    (self.thresholds, self.fromLogits) = (thresholds, fromLogits)
  }

  private var counter: ThresholdCounts {
    guard let thresholds else { return ThresholdCounts(evenly: max(2, numThresholds), margin: 1e-7) }
    return ThresholdCounts([-1e-7] + thresholds.sorted() + [1 + 1e-7])
  }

  public var stateCount: Int { counter.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard numThresholds > 1 else {
      throw CoreError(.invalidConfig, "auc: found num_thresholds \(numThresholds), expected a number above 1")
    }
    guard !multiLabel, labelWeights == nil else {
      throw CoreError(.invalidConfig, "auc: found multi_label or label_weights, expected one curve for all labels")
    }
    try expectSameShape(targets, predictions)
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    counter.statistics(targets, fromLogits ? predictions.sigmoid() : predictions, weights: weights)
  }

  public func result(_ state: [Double]) -> Double {
    let counts = counter.counts(state)
    if curve == .pr, summationMethod == .interpolation { return interpolatedPrecision(counts) }
    let (x, y) =
      curve == .roc ? (counts.specificities.map { 1 - $0 }, counts.recalls) : (counts.recalls, counts.precisions)
    // Where there are no negatives, the rate of false positives is 0.
    let isEmpty = zip(counts.falsePositives, counts.trueNegatives).map { $0 + $1 == 0 }
    let places = curve == .roc ? zip(x, isEmpty).map { $1 ? 0 : $0 } : x
    return (0..<(places.count - 1)).reduce(0.0) { sum, index in
      let (a, b) = (y[index], y[index + 1])
      let height =
        switch summationMethod {
        case .interpolation: (a + b) / 2
        case .minoring: min(a, b)
        case .majoring: max(a, b)
        }
      return sum + (places[index] - places[index + 1]) * height
    }
  }

  private func interpolatedPrecision(_ counts: ThresholdCounts.Counts) -> Double {
    let t = counts.truePositives
    let p = zip(t, counts.falsePositives).map { $0 + $1 }
    var area = 0.0
    for index in 0..<(t.count - 1) {
      let (dt, dp) = (t[index] - t[index + 1], p[index] - p[index + 1])
      let slope = dp > 0 ? dt / dp : 0
      let intercept = t[index + 1] - slope * p[index + 1]
      let ratio = p[index] > 0 && p[index + 1] > 0 ? p[index] / p[index + 1] : 1
      let positives = t[index + 1] + counts.falseNegatives[index + 1]
      if positives > 0 { area += slope * (dt + intercept * log(ratio)) / positives }
    }
    return area
  }
}
