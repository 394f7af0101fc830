internal import Optimizers
internal import TensorCore

/// Puts the moving averages of the weights, which an optimizer with `useEMA` keeps, in their place for validation, or
/// between epochs. Keras: `SwapEMAWeights`.
///
/// List it before a `ModelCheckpoint` that is to save the averages of each epoch, with `swapOnEpoch`.
public final class SwapEMAWeights: Callback {
  /// Whether they are exchanged when an epoch has ended, and back when the next begins; else around each validation.
  public let swapOnEpoch: Bool

  public init(swapOnEpoch: Bool = false) { self.swapOnEpoch = swapOnEpoch }

  /// Throws `invalidConfig` where the optimizer keeps no averages.
  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws {
    guard trainer.optimizer.ruleSettings.useEMA else {
      throw CoreError(.invalidConfig, "SwapEMAWeights: found an optimizer without averages, expected use_ema true")
    }
  }

  public func epochWillBegin(_ epoch: Int, _ trainer: Trainer) {
    if trainer.averagesAreInPlace { trainer.swapWeightsAndAverages() }
  }

  public func validationWillBegin(_ epoch: Int, _ trainer: Trainer) {
    if !swapOnEpoch { trainer.swapWeightsAndAverages() }
  }

  public func validationDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) {
    if !swapOnEpoch { trainer.swapWeightsAndAverages() }
  }

  /// After the last epoch `fit` itself puts the averages into the weights.
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) {
    if swapOnEpoch { trainer.swapWeightsAndAverages() }
  }
}
