internal import Optimizers

// What a training step asks of its optimizer, whether or not that scales the loss.
extension Optimizer {
  /// Whether the gradients are to be those of the loss times `lossScale(_:)`.
  var scalesLoss: Bool { self is LossScaleOptimizer || settings.lossScaleFactor != nil }

  /// What the loss is multiplied with in the next step.
  ///
  /// - Parameter state: the dynamic scale that the steps so far have come to.
  func lossScale(_ state: LossScale?) -> LossScale {
    if let scaled = self as? LossScaleOptimizer { return state ?? scaled.initialLossScale }
    return LossScale(Float(settings.lossScaleFactor ?? 1))
  }

  /// Whether steps that were compiled for this optimizer are right for the other one.
  func hasSameSteps(as other: any Optimizer) -> Bool {
    guard self is LossScaleOptimizer == other is LossScaleOptimizer else { return false }
    return (rule as? any CompilableOptimizer)?.hasRule(of: other.rule) ?? false
  }
}

extension Trainer {
  /// What the next step does besides computing gradients.
  var nextPhase: StepPhase { StepPhase(optimizer.ruleSettings, after: memory.iterations) }
}
