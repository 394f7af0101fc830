/// What a step does besides computing gradients, which depends on its number. Each is a compiled step of its own.
package struct StepPhase: Hashable, Sendable {
  /// Whether the weights get an update; otherwise gradients are added up.
  package let updates: Bool
  /// Whether the averages are put in the weights' place afterwards.
  package let overwrites: Bool

  /// - Parameters:
  ///   - settings: of the optimizer.
  ///   - iterations: the steps before this one.
  package init(_ settings: OptimizerSettings, after iterations: Int) {
    updates = settings.gradientAccumulationSteps.map { (iterations + 1) % $0 == 0 } ?? true
    let frequency = settings.useEMA ? settings.emaOverwriteFrequency : nil
    overwrites = frequency.map { (settings.updateCount(after: iterations) + 1) % $0 == 0 } ?? false
  }

  /// How many phases the steps of an optimizer can have.
  package static func count(_ settings: OptimizerSettings) -> Int {
    (settings.gradientAccumulationSteps == nil ? 1 : 2)
      * (settings.useEMA && settings.emaOverwriteFrequency != nil ? 2 : 1)
  }
}

// The formulas of steps for what all optimizers share. They serve steps that run operation by operation and compiled ones.
extension OptimizerSettings {
  /// How many updates that many steps have made.
  package func updateCount(after iterations: Int) -> Int {
    gradientAccumulationSteps.map { iterations / $0 } ?? iterations
  }

  /// How much of the averages stays in the next step: nothing in the first, since they begin with the weights.
  package func averageMomentum(after iterations: Int) -> Double {
    updateCount(after: iterations) == 0 ? 0 : emaMomentum
  }
}
