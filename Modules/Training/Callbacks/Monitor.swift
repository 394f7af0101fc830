/// A number of the logs that a callback watches, and which way is better.
public struct Monitor: Sendable {
  /// Keras's `mode`.
  public enum Mode: String, Sendable {
    /// Larger is better for accuracies and the other scores of Keras (`auc`, `precision`, `recall`, `f1_score`, `mean_io_u`,
    /// `r2_score` ...), smaller otherwise.
    case auto
    case min, max
  }

  public let name: String
  public let largerIsBetter: Bool
  /// Smaller changes are no improvement.
  public let minimumChange: Double

  public init(_ name: String = "val_loss", mode: Mode = .auto, minimumChange: Double = 0) {
    self.name = name
    self.minimumChange = minimumChange.magnitude
    switch mode {
    case .min: largerIsBetter = false
    case .max: largerIsBetter = true
    case .auto: largerIsBetter = Self.scores.contains { name.hasSuffix($0) }
    }
  }

  /// How the names of numbers end that are better the larger they are.
  private static let scores = [
    "acc", "accuracy", "auc", "precision", "recall", "f1_score", "fbeta_score", "r2_score", "io_u", "iou",
    "sensitivity_at_specificity", "specificity_at_sensitivity", "precision_at_recall", "recall_at_precision",
    "pearson_correlation", "concordance_correlation",
  ]

  /// Whether a value improves on the best so far. NaN never does.
  public func improves(_ value: Double, on best: Double?) -> Bool {
    guard let best else { return !value.isNaN }
    return largerIsBetter ? value - minimumChange > best : value + minimumChange < best
  }
}
