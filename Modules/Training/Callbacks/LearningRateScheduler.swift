internal import Optimizers
internal import TensorCore

/// Sets the learning rate at the beginning of every epoch. Keras: `LearningRateScheduler`.
///
/// The logs of every epoch get its `learning_rate`. Compiled steps stay: the rate is one of their arguments.
public final class LearningRateScheduler: Callback {
  private let schedule: (_ epoch: Int, _ learningRate: Double) throws -> Double

  /// - Parameter schedule: from the number of the epoch, from 0, and the present learning rate to the new one.
  public init(_ schedule: @escaping (_ epoch: Int, _ learningRate: Double) throws -> Double) {
    self.schedule = schedule
  }

  /// Throws `invalidConfig` where the optimizer has a schedule of its own, which would be the one that counts.
  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws {
    try trainer.expectSettableRate("LearningRateScheduler")
  }

  /// Throws what the schedule throws.
  public func epochWillBegin(_ epoch: Int, _ trainer: Trainer) throws {
    trainer.optimizer.learningRate = try schedule(epoch, trainer.optimizer.learningRate)
  }

  public func epochWillEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: Trainer) {
    logs["learning_rate"] = trainer.optimizer.learningRate
  }
}

extension Trainer {
  /// Throws where a schedule of the optimizer decides the learning rate.
  func expectSettableRate(_ callback: String) throws(CoreError) {
    guard optimizer.ruleSettings.schedule == nil else {
      throw CoreError(
        .invalidConfig, "\(callback): found an optimizer with a learning rate schedule, expected a learning rate")
    }
  }
}
