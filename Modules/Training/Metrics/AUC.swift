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
    /// Precision gain against recall gain. Flach and Kull 2015.
    case prGain = "PRGAIN"
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
  /// Whether each column of predictions `[batch, labels]` has a curve of its own, and the areas' mean is taken.
  public var multiLabel: Bool
  /// How many columns there are; nil: as many as there come.
  public var numLabels: Int?
  /// How much columns count: in the areas' mean, or their elements in the one curve.
  public var labelWeights: [Double]?
  /// Inner thresholds instead of even ones.
  public var thresholds: [Double]?
  /// Whether predictions are logits.
  public var fromLogits: Bool
  /// Known once predictions are.
  private var curveCount = 1

  enum CodingKeys: CodingKey {
    case numThresholds, curve, summationMethod, multiLabel, numLabels, labelWeights, thresholds, fromLogits
  }

  public init(
    numThresholds: Int = 200, curve: Curve = .roc, summationMethod: SummationMethod = .interpolation,
    thresholds: [Double]? = nil, multiLabel: Bool = false, numLabels: Int? = nil, labelWeights: [Double]? = nil,
    fromLogits: Bool = false
  ) {
    (self.numThresholds, self.curve, self.summationMethod) = (numThresholds, curve, summationMethod)
    (self.multiLabel, self.numLabels, self.labelWeights) = (multiLabel, numLabels, labelWeights)
    (self.thresholds, self.fromLogits) = (thresholds, fromLogits)
  }

  private var counter: ThresholdCounts {
    guard let thresholds else { return ThresholdCounts(evenly: max(2, numThresholds), margin: 1e-7) }
    return ThresholdCounts([-1e-7] + thresholds.sorted() + [1 + 1e-7])
  }

  public var stateCount: Int { counter.stateCount * curveCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard numThresholds > 1 else {
      throw CoreError(.invalidConfig, "auc: found num_thresholds \(numThresholds), expected a number above 1")
    }
    guard !multiLabel || predictions.rank == 2, multiLabel || numLabels == nil else {
      throw CoreError(
        .invalidConfig,
        "auc: found multi_label \(multiLabel) for predictions \(Targets.open(predictions.shape)), "
          + "expected it with [batch, labels], and num_labels only then")
    }
    let columns = predictions.rank > 1 ? predictions.shape.last : 1
    for count in [numLabels, labelWeights?.count].compactMap({ $0 }) where count != columns {
      throw CoreError(
        .invalidConfig, "auc: found \(count) labels in the config, expected \(columns), as predictions have")
    }
    try expectSameShape(targets, predictions)
  }

  public func resolved(_ targets: TensorSpec, _ predictions: TensorSpec) -> any Metric {
    var metric = self
    metric.curveCount = multiLabel ? predictions.shape.last : 1
    return metric
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let scores = fromLogits ? predictions.sigmoid() : predictions
    guard multiLabel else {
      return counter.statistics(targets, scores, weights: labelWeights.map { weighted($0, weights, scores) } ?? weights)
    }
    return (0..<curveCount).flatMap { label in
      counter.statistics(
        targets.sliced(axis: 1, label..<label + 1), scores.sliced(axis: 1, label..<label + 1), weights: weights)
    }
  }

  private func weighted(_ labelWeights: [Double], _ weights: Tensor?, _ scores: Tensor) -> Tensor {
    let columns = Tensor(labelWeights.map { Float($0) }).broadcast(to: scores.shape)
    return weights.map { columns * LossReduction.aligned($0.cast(to: .float32), with: columns) } ?? columns
  }

  public func result(_ state: [Double]) -> Double {
    let count = counter.stateCount
    let areas = (0..<curveCount).map { area(Array(state[($0 * count)..<(($0 + 1) * count)])) }
    guard multiLabel, let labelWeights else { return areas.reduce(0, +) / Double(areas.count) }
    let sum = labelWeights.reduce(0, +)
    return sum == 0 ? 0 : zip(areas, labelWeights).reduce(0.0) { $0 + $1.0 * $1.1 } / sum
  }

  private func area(_ state: [Double]) -> Double {
    let counts = counter.counts(state)
    if curve == .pr, summationMethod == .interpolation { return interpolatedPrecision(counts) }
    let (x, y) = points(counts)
    return (0..<(x.count - 1)).reduce(0.0) { sum, index in
      let (a, b) = (y[index], y[index + 1])
      let height =
        switch summationMethod {
        case .interpolation: (a + b) / 2
        case .minoring: min(a, b)
        case .majoring: max(a, b)
        }
      return sum + (x[index] - x[index + 1]) * height
    }
  }

  private func points(_ counts: ThresholdCounts.Counts) -> (x: [Double], y: [Double]) {
    switch curve {
    case .roc:
      return (
        zip(counts.falsePositives, counts.trueNegatives).map { ThresholdCounts.Counts.share($0, $1) }, counts.recalls
      )
    case .pr: return (counts.recalls, counts.precisions)
    case .prGain:
      let gains = counts.truePositives.indices.map { index -> (recall: Double, precision: Double) in
        let (hits, wrong) = (counts.truePositives[index], counts.falsePositives[index])
        guard hits != 0 else { return (0, 1) }
        let negatives = counts.trueNegatives[index] + wrong
        let scale = negatives == 0 ? 0 : (hits + counts.falseNegatives[index]) / negatives
        return (max(0, 1 - scale * counts.falseNegatives[index] / hits), 1 - scale * wrong / hits)
      }
      return (gains.map(\.recall), gains.map(\.precision))
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
