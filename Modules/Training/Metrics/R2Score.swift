public import TensorCore

/// 1 − the squared error over the targets' variance: the coefficient of determination, averaged over outputs. Targets and
/// predictions `[batch, outputs]`. Keras: `R2Score`.
public struct R2Score: Metric {
  public static let kind = "R2Score"
  public static let names = ["r2_score"]
  public static let template = R2Score()

  /// How outputs become one number, by Keras's names; without one there is a number for each output.
  public enum Aggregation: String, Codable, Sendable {
    case uniformAverage = "uniform_average"
    case varianceWeightedAverage = "variance_weighted_average"
  }

  public var classAggregation: Aggregation?
  /// The number of the model's inputs for the adjusted score; 0 for the plain one.
  public var numRegressors: Int
  private var outputCount = 1

  enum CodingKeys: CodingKey { case classAggregation, numRegressors }

  public init(classAggregation: Aggregation? = .uniformAverage, numRegressors: Int = 0) {
    (self.classAggregation, self.numRegressors) = (classAggregation, numRegressors)
  }

  /// Per output: Σ w·t, Σ w·t², Σ w·(t − p)², Σ w; then the number of values.
  public var stateCount: Int { 4 * outputCount + 1 }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard numRegressors >= 0 else {
      throw CoreError(.invalidConfig, "r2_score: found num_regressors \(numRegressors), expected 0 or more")
    }
    guard predictions.rank == 2 else {
      throw CoreError(
        .shapeMismatch, "r2_score: found predictions \(Targets.open(predictions.shape)), expected [batch, outputs]")
    }
    try expectSameShape(targets, predictions)
  }

  public func resolved(_ targets: TensorSpec, _ predictions: TensorSpec) -> any Metric {
    var metric = self
    metric.outputCount = predictions.shape.last
    return metric
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let (t, p) = (targets.cast(to: .float64), predictions.cast(to: .float64))
    let factor =
      weights.map { LossReduction.aligned($0.cast(to: .float64), with: t).broadcast(to: t.shape) }
      ?? Tensor.ones(like: t)
    let sums = [t * factor, t * t * factor, (t - p).square() * factor, factor].flatMap {
      $0.sum(axes: [0]).scalars(of: Double.self)
    }
    // Keras counts values, not samples.
    return sums + [Double(t.elementCount)]
  }

  public func results(_ state: [Double]) -> [Double] {
    classAggregation == nil ? scores(state).scores.map { adjusted($0, state) } : [result(state)]
  }

  /// The mean over outputs where there is a number for each.
  public func result(_ state: [Double]) -> Double {
    let (scores, totals) = scores(state)
    let sum = totals.reduce(0, +)
    let score =
      classAggregation == .varianceWeightedAverage
      ? zip(scores, totals).reduce(0.0) { $0 + (sum == 0 ? 0 : $1.0 * $1.1 / sum) }
      : scores.reduce(0, +) / Double(max(1, outputCount))
    return adjusted(score, state)
  }

  private func scores(_ state: [Double]) -> (scores: [Double], totals: [Double]) {
    let parts = (0..<4).map { Array(state[($0 * outputCount)..<(($0 + 1) * outputCount)]) }
    var (scores, totals): ([Double], [Double]) = ([], [])
    for index in 0..<outputCount {
      // NaN where all weights are 0, as in Keras.
      let mean = state.last == 0 ? 0 : parts[0][index] / parts[3][index]
      let total = parts[1][index] - parts[0][index] * mean
      scores.append(total == 0 ? 0 : 1 - parts[2][index] / total)
      totals.append(total)
    }
    return (scores, totals)
  }

  private func adjusted(_ score: Double, _ state: [Double]) -> Double {
    guard numRegressors > 0, let count = state.last, count - Double(numRegressors) - 1 > 0 else { return score }
    return 1 - (1 - score) * (count - 1) / (count - Double(numRegressors) - 1)
  }
}
