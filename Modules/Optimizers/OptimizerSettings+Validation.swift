public import TensorCore

extension OptimizerSettings {
  /// Throws `invalidConfig` where Keras would refuse a value or the combination.
  public func validate() throws(CoreError) {
    try validateClipping()
    if let weightDecay, weightDecay < 0 {
      throw CoreError(.invalidConfig, "found weight_decay \(weightDecay), expected a number of 0 or more")
    }
    try validatePatterns(weightDecayExclusions, "weight decay exclusion")
    if let lossScaleFactor, !(lossScaleFactor > 0 && lossScaleFactor.isFinite) {
      throw CoreError(.invalidConfig, "found loss_scale_factor \(lossScaleFactor), expected a number above 0")
    }
    guard (0...1).contains(emaMomentum) else {
      throw CoreError(.invalidConfig, "found ema_momentum \(emaMomentum), expected a number from 0 to 1")
    }
    if let emaOverwriteFrequency, emaOverwriteFrequency < 1 {
      throw CoreError(
        .invalidConfig, "found ema_overwrite_frequency \(emaOverwriteFrequency), expected null or a number above 0")
    }
    if let gradientAccumulationSteps, gradientAccumulationSteps < 2 {
      throw CoreError(
        .invalidConfig, "found gradient_accumulation_steps \(gradientAccumulationSteps), expected null or 2 or more")
    }
    try schedule?.validateAll()
  }

  private func validateClipping() throws(CoreError) {
    let clippings: [(String, Double?)] = [
      ("clipnorm", clipnorm), ("global_clipnorm", globalClipnorm), ("clipvalue", clipvalue),
    ]
    let given = clippings.filter { $0.1 != nil }
    if given.count > 1 {
      throw CoreError(
        .invalidConfig, "found \(given.map(\.0).joined(separator: " and ")), expected at most one way of clipping")
    }
    for (key, value) in given {
      guard let value, value > 0 else {
        throw CoreError(.invalidConfig, "found \(key) \(value ?? 0), expected a number above 0")
      }
    }
  }
}

/// Throws where one of the regular expressions cannot be read.
func validatePatterns(_ patterns: [String], _ what: String) throws(CoreError) {
  for pattern in patterns {
    do {
      _ = try Regex(pattern)
    } catch {
      throw CoreError(.invalidConfig, "found \(what) \"\(pattern)\", expected a regular expression", cause: error)
    }
  }
}
