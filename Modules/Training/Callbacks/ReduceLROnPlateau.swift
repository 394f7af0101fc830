internal import Optimizers
public import TensorCore

/// Makes the learning rate smaller when a monitored number has stopped improving. Keras: `ReduceLROnPlateau`.
///
/// The logs of every epoch get its `learning_rate`.
public final class ReduceLROnPlateau: Callback {
  public let monitor: Monitor
  /// What the learning rate is multiplied with.
  public let factor: Double
  /// How many epochs without improvement are waited for.
  public let patience: Int
  /// For how many epochs after a reduction nothing is waited for.
  public let cooldown: Int
  /// What the learning rate does not go below.
  public let minimumRate: Double

  private var best: Double?
  private var waited = 0
  private var cooling = 0

  /// - Parameters:
  ///   - monitor: the number that is watched, which way is better, and by how much it must improve.
  ///   - factor: from 0 to below 1.
  ///   - patience: how many epochs without improvement are waited for.
  ///   - cooldown: for how many epochs after a reduction nothing is waited for.
  ///   - minimumRate: what the learning rate does not go below.
  /// - Throws: `invalidArgument` for a factor that does not make the rate smaller.
  public init(
    _ monitor: Monitor = Monitor(minimumChange: 1e-4), factor: Double = 0.1, patience: Int = 10, cooldown: Int = 0,
    minimumRate: Double = 0
  ) throws(CoreError) {
    guard factor >= 0, factor < 1 else {
      throw CoreError(
        .invalidArgument, "ReduceLROnPlateau: found factor \(factor), expected a number from 0 to below 1")
    }
    (self.monitor, self.factor, self.patience) = (monitor, factor, patience)
    (self.cooldown, self.minimumRate) = (cooldown, minimumRate)
  }

  /// Throws `invalidConfig` where the optimizer has a schedule, which would be the one that counts.
  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws {
    try trainer.expectSettableRate("ReduceLROnPlateau")
    (best, waited, cooling) = (nil, 0, 0)
  }

  public func epochWillEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: Trainer) {
    logs["learning_rate"] = trainer.optimizer.learningRate
  }

  /// Throws `unknownName` where the logs lack the monitored number.
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    let value = try logs.value(of: monitor, for: "ReduceLROnPlateau")
    if cooling > 0 { (cooling, waited) = (cooling - 1, 0) }
    if monitor.improves(value, on: best) {
      (best, waited) = (value, 0)
    } else if cooling == 0 {
      waited += 1
      let rate = trainer.optimizer.learningRate
      guard waited >= patience, rate > minimumRate else { return }
      trainer.optimizer.learningRate = max(rate * factor, minimumRate)
      (cooling, waited) = (cooldown, 0)
    }
  }
}
