public import TensorCore

/// A metric as a user lists it: with its name in logs, and perhaps left to be chosen by the shapes (`"accuracy"`).
public struct MetricChoice: Sendable {
  /// What logs call it: `"accuracy"`.
  public var name: String
  /// nil means the accuracy that suits the targets.
  public var metric: (any Metric)?
  /// Of a file's config; whatever it is, sums are kept in float64.
  var dtype: JSON?

  /// A metric, by default under Keras's name of its function.
  public init(_ metric: any Metric, name: String? = nil) {
    self.metric = metric
    self.name = name ?? type(of: metric).names.first ?? type(of: metric).kind.lowercased()
  }

  private init(accuracyNamed name: String) { self.name = name }

  /// Keras's `"accuracy"`: binary where there is one prediction per sample, sparse where targets are labels, categorical
  /// otherwise.
  public static let accuracy = MetricChoice(accuracyNamed: "accuracy")

  /// The metric of a name (`"accuracy"`, `"acc"`, `"mae"`, `"BinaryAccuracy"`). Throws `unknownName`.
  public init(named name: String, host: PluginHost = .shared) throws(CoreError) {
    if name.lowercased() == "accuracy" || name.lowercased() == "acc" {
      self.init(accuracyNamed: name)
    } else {
      let metric = try host.metric(named: name)
      self.init(metric, name: type(of: metric).kind == name ? nil : name)
    }
  }

  /// The metric for targets and predictions like these, as Keras chooses; checked against them.
  public func resolved(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) -> any Metric {
    let chosen = metric ?? Self.accuracy(for: targets, predictions)
    try chosen.check(targets, predictions)
    return chosen.resolved(targets, predictions)
  }

  private static func accuracy(for targets: TensorSpec, _ predictions: TensorSpec) -> any Metric {
    let classes = predictions.rank > 0 ? predictions.shape.last : 1
    if classes == 1 { return BinaryAccuracy() }
    let isSparse = targets.rank < predictions.rank || targets.shape.last == 1
    return isSparse ? SparseCategoricalAccuracy() : CategoricalAccuracy()
  }
}
