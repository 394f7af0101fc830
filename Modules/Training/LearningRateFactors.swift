internal import TensorCore

/// The weights that learn faster or slower than the others: `TrainingConfig.learningRateFactors`.
struct LearningRateFactors: Sendable {
  /// By position among the weights; those of 1 are left out.
  private let factors: [(index: Int, factor: Double)]

  /// - Parameters:
  ///   - config: whose factors are meant.
  ///   - keys: of all weights.
  init(_ config: TrainingConfig, _ keys: [WeightKey]) {
    var factors: [(index: Int, factor: Double)] = []
    for (index, key) in keys.enumerated() where key.isTrainable && !config.learningRateFactors.isEmpty {
      let path = config.learningRateFactors.keys.filter { Self.covers($0, key.path) }.max { $0.count < $1.count }
      guard let path, let factor = config.learningRateFactors[path], factor != 1 else { continue }
      factors.append((index, factor))
    }
    self.factors = factors
  }

  var isEmpty: Bool { factors.isEmpty }

  /// Shortens or lengthens what an optimizer's step has done.
  ///
  /// - Parameters:
  ///   - before: the weights before the step, first in the list.
  ///   - after: the weights after it.
  func apply(before: [Tensor], after: inout [Tensor]) {
    for (index, factor) in factors { after[index] = before[index] + (after[index] - before[index]) * factor }
  }

  /// Throws where a factor makes no sense, or belongs to no weight.
  static func check(_ config: TrainingConfig, _ keys: [WeightKey]) throws(CoreError) {
    for (path, factor) in config.learningRateFactors {
      guard factor >= 0, factor.isFinite else {
        throw CoreError(.invalidConfig, "found a learning rate factor of \(factor), expected 0 or more", path: [path])
      }
      guard keys.contains(where: { covers(path, $0.path) }) else {
        throw CoreError(.unknownName, "found a learning rate factor for \"\(path)\", which is no layer or weight")
      }
    }
  }

  private static func covers(_ path: String, _ weight: String) -> Bool {
    weight == path || weight.hasPrefix(path + "/")
  }
}
