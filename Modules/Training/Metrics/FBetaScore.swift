public import TensorCore

/// The weighted harmonic mean of precision and recall per class, averaged. One-hot targets and predictions
/// `[batch, classes]`; without a threshold a sample's largest prediction is its positive one. Keras: `FBetaScore`.
public struct FBetaScore: Metric {
  public static let kind = "FBetaScore"
  public static let names = ["fbeta_score", "f_beta_score"]
  public static let template = FBetaScore()

  /// How classes become one number, by Keras's names; without one there is a number for each class.
  public enum Average: String, Codable, Sendable {
    /// All classes' counts together.
    case micro
    /// The mean over classes.
    case macro
    /// The mean weighted by how often a class occurs.
    case weighted
  }

  public var average: Average?
  /// How much more recall counts than precision.
  public var beta: Double
  public var threshold: Double?
  /// Known once targets are.
  private var classCount = 1

  enum CodingKeys: CodingKey { case average, beta, threshold }

  public init(average: Average? = nil, beta: Double = 1, threshold: Double? = nil) {
    (self.average, self.beta, self.threshold) = (average, beta, threshold)
  }

  public var stateCount: Int { 4 * classCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard beta > 0, threshold.map({ $0 > 0 && $0 <= 1 }) ?? true else {
      throw CoreError(.invalidConfig, "fbeta_score: found beta \(beta), threshold \(threshold ?? 0), expected above 0")
    }
    guard predictions.rank == 2 else {
      throw CoreError(
        .shapeMismatch, "fbeta_score: found predictions \(Targets.open(predictions.shape)), expected [batch, classes]")
    }
    try expectSameShape(targets, predictions)
  }

  public func resolved(_ targets: TensorSpec, _ predictions: TensorSpec) -> any Metric {
    var metric = self
    metric.classCount = predictions.shape.last
    return metric
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let (t, scores) = (targets.cast(to: .float32), predictions.cast(to: .float32))
    let largest = scores.max(axes: [-1], keepDims: true)
    let isPositive =
      threshold.map { scores.greater($0) } ?? scores.greaterOrEqual(largest).logicalAnd(scores.abs().greater(1e-9))
    let p = isPositive.cast(to: .float32)
    let factor = weights.map { LossReduction.aligned($0.cast(to: .float32), with: p) }
    return [p * t, p * (1 - t), (1 - p) * t, t].flatMap { value in
      (factor.map { value * $0 } ?? value).sum(axes: [0]).cast(to: .float64).scalars(of: Double.self)
    }
  }

  public func results(_ state: [Double]) -> [Double] { average == nil ? scores(state) : [result(state)] }

  /// The mean over classes where there is a number for each.
  public func result(_ state: [Double]) -> Double {
    let scores = scores(state)
    guard average == .weighted else { return scores.reduce(0, +) / Double(max(1, scores.count)) }
    let occurrences = state[(3 * classCount)...]
    let total = occurrences.reduce(0, +) + 1e-7
    return zip(scores, occurrences).reduce(0.0) { $0 + $1.0 * $1.1 / total }
  }

  private func scores(_ state: [Double]) -> [Double] {
    var parts = (0..<4).map { Array(state[($0 * classCount)..<(($0 + 1) * classCount)]) }
    if average == .micro { parts = parts.map { [$0.reduce(0, +)] } }
    return parts[0].indices.map { score(parts[0][$0], parts[1][$0], parts[2][$0]) }
  }

  private func score(_ hits: Double, _ wrong: Double, _ missed: Double) -> Double {
    let (precision, recall) = (hits / (hits + wrong + 1e-7), hits / (hits + missed + 1e-7))
    return precision * recall / (beta * beta * precision + recall + 1e-7) * (1 + beta * beta)
  }
}
