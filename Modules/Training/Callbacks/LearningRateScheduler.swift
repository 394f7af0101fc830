internal import Optimizers

/// Sets the learning rate at the beginning of every epoch. Keras: `LearningRateScheduler`.
///
/// The logs of every epoch get its `learning_rate`. Compiled steps stay: the rate is one of their arguments.
public final class LearningRateScheduler: Callback {
  private let schedule: (_ epoch: Int, _ learningRate: Double) throws -> Double

  /// - Parameter schedule: from the number of the epoch, from 0, and the present learning rate to the new one.
  public init(_ schedule: @escaping (_ epoch: Int, _ learningRate: Double) throws -> Double) {
    self.schedule = schedule
  }

  /// Throws what the schedule throws.
  public func epochWillBegin(_ epoch: Int, _ trainer: Trainer) throws {
    trainer.optimizer.learningRate = try schedule(epoch, trainer.optimizer.learningRate)
  }

  public func epochWillEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: Trainer) {
    logs["learning_rate"] = trainer.optimizer.learningRate
  }
}
