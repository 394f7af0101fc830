internal import Layers
internal import Optimizers

// The moving averages of weights that an optimizer with `useEMA` keeps.
extension Trainer {
  /// Puts the averages in the place of the trainable weights; nothing where the optimizer keeps none. Keras does it at the
  /// end of `fit`: `Optimizer.finalize_variable_values`.
  public func overwriteWeightsWithAverages() {
    guard optimizer.ruleSettings.useEMA else { return }
    if averagesAreInPlace { swapWeightsAndAverages() }
    memory.withValues { (model, state) in state.overwrite(&model.weights, withAveragesOf: optimizer) }
  }

  /// Exchanges the trainable weights and their averages; a second call undoes the first. Nothing where the optimizer keeps
  /// none. What Keras's callback `SwapEMAWeights` does around an evaluation.
  public func swapWeightsAndAverages() {
    guard optimizer.ruleSettings.useEMA else { return }
    averagesAreInPlace.toggle()
    memory.withValues { (model, state) in state.swapAverages(with: &model.weights, of: optimizer) }
  }
}
