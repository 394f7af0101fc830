/// A number of the logs that a callback watches, and which way is better.
public struct Monitor: Sendable {
  /// Keras's `mode`.
  public enum Mode: String, Sendable {
    /// Larger is better where the name says accuracy, smaller otherwise.
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
    case .auto: largerIsBetter = name.hasSuffix("acc") || name.hasSuffix("accuracy")
    }
  }

  /// Whether a value improves on the best so far. NaN never does.
  public func improves(_ value: Double, on best: Double?) -> Bool {
    guard let best else { return !value.isNaN }
    return largerIsBetter ? value - minimumChange > best : value + minimumChange < best
  }
}
