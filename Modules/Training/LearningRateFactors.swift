internal import Optimizers
internal import TensorCore

// The weights that learn faster or slower than the others: `TrainingConfig.learningRateFactors`.
extension TrainingConfig {
  /// The optimizer that knows of the factors.
  var factoredOptimizer: any Optimizer {
    guard !learningRateFactors.isEmpty else { return optimizer }
    var result = optimizer
    result.setLearningRateFactors(learningRateFactors)
    return result
  }

  /// Throws where a factor makes no sense, or belongs to no weight.
  func checkLearningRateFactors(_ keys: [WeightKey]) throws(CoreError) {
    for (path, factor) in learningRateFactors {
      guard factor >= 0, factor.isFinite else {
        throw CoreError(.invalidConfig, "found a learning rate factor of \(factor), expected 0 or more", path: [path])
      }
      guard keys.contains(where: { $0.isWithin(path) }) else {
        throw CoreError(.unknownName, "found a learning rate factor for \"\(path)\", which is no layer or weight")
      }
    }
  }
}

extension Optimizer {
  fileprivate mutating func setLearningRateFactors(_ factors: [String: Double]) {
    if var scaled = self as? LossScaleOptimizer {
      scaled.innerOptimizer.setLearningRateFactors(factors)
      if let result = scaled as? Self { self = result }
    } else if var multi = self as? MultiOptimizer {
      for index in multi.assignments.indices { multi.assignments[index].optimizer.setLearningRateFactors(factors) }
      multi.defaultOptimizer.setLearningRateFactors(factors)
      if let result = multi as? Self { self = result }
    } else {
      settings.learningRateFactors = factors
    }
  }
}
