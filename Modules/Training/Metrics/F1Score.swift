public import TensorCore

/// The harmonic mean of precision and recall: `FBetaScore` with a beta of 1. Keras: `F1Score`.
public struct F1Score: Metric {
  public static let kind = "F1Score"
  public static let names = ["f1_score"]
  public static let template = F1Score()

  public var average: FBetaScore.Average?
  public var threshold: Double?

  public init(average: FBetaScore.Average? = nil, threshold: Double? = nil) {
    (self.average, self.threshold) = (average, threshold)
  }

  private var score: FBetaScore { FBetaScore(average: average, threshold: threshold) }

  public var stateCount: Int { score.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try score.check(targets, predictions)
  }

  public func resolved(_ targets: TensorSpec, _ predictions: TensorSpec) -> any Metric {
    score.resolved(targets, predictions)
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    score.statistics(targets, predictions, weights: weights)
  }

  public func result(_ state: [Double]) -> Double { score.result(state) }

  public func results(_ state: [Double]) -> [Double] { score.results(state) }
}
